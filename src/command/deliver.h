/*
 * Answers of dequeue: the set that was taken, or that there is none. A set for a
 * peer that has gone meanwhile is given back.
 */
#ifndef INFLIGHT_COMMAND_DELIVER_H
#define INFLIGHT_COMMAND_DELIVER_H

#include "command/request.h"

struct handled
deliver_set(struct request *req, struct span queue, const struct take_answer *answer) MUST_USE;
struct handled deliver_nothing(struct request *req) MUST_USE;

#endif
