/* Pairs out of queries and form bodies. The parsers raise only for want of memory:
 * malformed input gives the pairs that were in it. May know: lua.h. */
#ifndef IGS_FORM_H
#define IGS_FORM_H

#include <stddef.h>

struct lua_State;

/* Pushes an array of {name, value} in order: percent and plus decoded. Like that of
 * igs_form_push it ends after 10,000. */
void igs_form_push_query(struct lua_State *L, const char *text, size_t size);
/* Pushes an array of {name, value [, filename=, type=]} for the content types
 * application/x-www-form-urlencoded and multipart/form-data, nil for any other. */
void igs_form_push(struct lua_State *L, const char *content_type, const char *body,
                   size_t size);

#endif
