/* Looks for a short text in a long one, fast: every answer is searched for the secret
 * it must not repeat, and that may not cost what reading it costs. May know: libc. */
#ifndef IG_FIND_H
#define IG_FIND_H

#include <stddef.h>

/* The first place of the n bytes of `what` (n > 0) in `text`; NULL when there is
 * none. */
const char *ig_find(const char *text, size_t size, const char *what, size_t n);

#endif
