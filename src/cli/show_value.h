/*
 * A value of a result as a cell: numbers as people read them by what their names say they
 * are, strings without quotes, everything else as JSON.
 */
#ifndef INFLIGHT_CLI_SHOW_VALUE_H
#define INFLIGHT_CLI_SHOW_VALUE_H

#include "cli/table.h"
#include "client/bytes.h"

/* What a member's name says about its value. */
enum member_kind {
	MEMBER_COUNT,
	MEMBER_SPAN, /* of time, in ms or us */
	MEMBER_BYTES,
	MEMBER_ORDINAL, /* a number that stands for something and counts nothing */
	MEMBER_PAYLOAD, /* the client's own JSON, never looked into */
};

enum member_kind show_member_kind(const char *name);

/* Puts the value into a cell of the table's last row. */
void show_value(struct table *table, size_t column, const char *name, struct inflight_span value);

/* The member's name as the heading of its values: without the unit that they have. */
void show_name(const char *name, struct inflight_bytes *out);

#endif
