/* Allocation for the whole core. Every block knows its size and is wiped before it is
 * given back, so that no secret outlives the buffer that held it; curl gets these same
 * functions (ig_http.c). May know: libc. Must not know: curl, sodium, Lua. */
#ifndef IG_ALLOC_H
#define IG_ALLOC_H

#include <stddef.h>

/* As in libc; NULL when memory is out. ig_free(NULL) is allowed. */
void *ig_malloc(size_t size);
void *ig_calloc(size_t count, size_t size);
/* Moves (never grows in place) and wipes the old block. On failure the old block stays.
 * */
void *ig_realloc(void *block, size_t size);
void ig_free(void *block);
/* NULL in, NULL out. */
char *ig_strdup(const char *text);
char *ig_strndup(const char *text, size_t length);

/* Wipes memory the compiler may not elide. */
void ig_wipe(void *memory, size_t size);
/* Wipes what the calls made before have left on the stack and in the vector registers:
 * memcpy does not clear those, and the dynamic linker saves them, whenever it next
 * binds a function, on the stack. */
void ig_wipe_traces(void);

/* For tests: the n-th allocation from now on fails (1 is the next; 0 switches off);
 * how many allocations were made, and how many blocks are alive. Thread-safe. */
void ig_alloc_fail_after(long n);
unsigned long ig_alloc_count(void);
/* How often memory was out, forced or real: tells curl's own limits from that. */
unsigned long ig_alloc_failures(void);
long ig_alloc_live(void);

#endif
