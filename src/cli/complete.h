/*
 * What may stand in the place of the word that a shell wants to complete, out of the
 * table of verbs, and the names of queues and groups that the daemon has.
 */
#ifndef INFLIGHT_CLI_COMPLETE_H
#define INFLIGHT_CLI_COMPLETE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Prints the answer to a shell. `words` (`count` of them) are those behind the tool's name up to
 * the one to complete, which is the last and may be empty. The first line says what follows:
 * "words", one on each line, behind a tab what it is about; or nothing, after "files" or
 * "commands", which the shell knows best.
 */
void complete_words(FILE *out, size_t count, char *const *words);

#endif
