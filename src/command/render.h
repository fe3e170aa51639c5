/*
 * Answers that more than one command gives, written straight into the output.
 */
#ifndef INFLIGHT_COMMAND_RENDER_H
#define INFLIGHT_COMMAND_RENDER_H

#include "base/buf.h"
#include "engine/engine.h"

/* `[{"op":...,"msg":...,"group":...},...]` */
void render_ops(struct buf *out, struct op_cursor ops);

/* `,"result":...` or `,"error":...` of an op that has ended. */
void render_outcome(struct buf *out, const struct outcome_view *outcome);

/* What group.wait answers, and what on_complete sends. */
void render_group(struct buf *out, const struct group_view *view);

/* `["a","b"]` */
void render_names(struct buf *out, struct name_cursor names);

#endif
