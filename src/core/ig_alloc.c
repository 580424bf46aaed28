/* Blocks that know their size and are wiped before they are given back. No locks: curl
 * calls this from resolver threads, and it is on the path of every request. */
#define _DEFAULT_SOURCE

#include "ig_alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of every block; as large and as aligned as the strictest type. */
union header {
  size_t size;
  long double number;
  long long integer;
  void *pointer;
  void (*function)(void);
};

#if defined(__GNUC__)
typedef long counter;
#define COUNTER_ADD(c, n) __atomic_add_fetch(&(c), (n), __ATOMIC_RELAXED)
#define COUNTER_GET(c) __atomic_load_n(&(c), __ATOMIC_RELAXED)
#define COUNTER_SET(c, n) __atomic_store_n(&(c), (n), __ATOMIC_RELAXED)
#elif __STDC_VERSION__ >= 201112L && !defined(__STDC_NO_ATOMICS__)
#include <stdatomic.h>
typedef atomic_long counter;
#define COUNTER_ADD(c, n)                                                              \
  (atomic_fetch_add_explicit(&(c), (n), memory_order_relaxed) + (n))
#define COUNTER_GET(c) atomic_load_explicit(&(c), memory_order_relaxed)
#define COUNTER_SET(c, n) atomic_store_explicit(&(c), (n), memory_order_relaxed)
#else
#error "ig_alloc needs the __atomic builtins or C11 atomics"
#endif

/* One addition per call: what is alive is the difference. */
static counter made, given_back, fail_left, failures;

void ig_wipe(void *memory, size_t size)
{
  if (!memory || !size)
    return;
#if defined(__GLIBC__) || defined(__FreeBSD__) || defined(__OpenBSD__)
  explicit_bzero(memory, size);
#else
  /* Through a volatile pointer, so that the call cannot be left out. */
  static void *(*const volatile fill)(void *, int, size_t) = memset;
  fill(memory, 0, size);
#endif
}

/* Not inlined, so that its frame lies where the frames of other calls lay. */
#if defined(__GNUC__)
__attribute__((noinline))
#endif
void ig_wipe_traces(void)
{
  /* Through a volatile pointer, so that it is libc's own, with the registers it
   * takes. */
  static void *(*const volatile move)(void *, const void *, size_t) = memmove;
  char frames[32 * 1024]; /* deeper than curl was seen to go, TLS included */

  ig_wipe(frames, sizeof frames);
  for (size_t size = 16; size <= 4096; size *= 2) /* each takes others of them */
    move(frames, frames + 4096, size);
}

static union header *header_of(void *block)
{
  return (union header *)block - 1;
}

/* Is it this allocation's turn to fail? Only tests ever set the counter. */
static int must_fail(void)
{
  return COUNTER_GET(fail_left) > 0 && COUNTER_ADD(fail_left, -1) == 0;
}

static void *block_new(size_t size, int zeroed)
{
  union header *header;

  if (size > SIZE_MAX - sizeof *header || must_fail())
    header = NULL;
  else if (zeroed)
    header = calloc(1, sizeof *header + size);
  else
    header = malloc(sizeof *header + size);
  if (!header) {
    COUNTER_ADD(failures, 1);
    return NULL;
  }
  header->size = size;
  COUNTER_ADD(made, 1);
  return header + 1;
}

void *ig_malloc(size_t size)
{
  return block_new(size, 0);
}

void *ig_calloc(size_t count, size_t size)
{
  if (size && count > SIZE_MAX / size)
    return NULL;
  return block_new(count * size, 1);
}

void *ig_realloc(void *block, size_t size)
{
  union header *old;
  void *moved;

  if (!block)
    return ig_malloc(size);
  old = header_of(block);
  if (size <= old->size) {
    ig_wipe((char *)block + size, old->size - size);
    old->size = size;
    return block;
  }
  moved = ig_malloc(size);
  if (!moved)
    return NULL;
  memcpy(moved, block, old->size);
  ig_free(block);
  return moved;
}

void ig_free(void *block)
{
  union header *header;

  if (!block)
    return;
  header = header_of(block);
  ig_wipe(block, header->size);
  COUNTER_ADD(given_back, 1);
  free(header);
}

char *ig_strndup(const char *text, size_t length)
{
  const char *end;
  char *copy;

  if (!text)
    return NULL;
  end = memchr(text, 0, length);
  if (end)
    length = (size_t)(end - text);
  if (length == SIZE_MAX)
    return NULL;
  copy = ig_malloc(length + 1);
  if (!copy)
    return NULL;
  memcpy(copy, text, length);
  copy[length] = 0;
  return copy;
}

char *ig_strdup(const char *text)
{
  return text ? ig_strndup(text, strlen(text)) : NULL;
}

void ig_alloc_fail_after(long n)
{
  COUNTER_SET(fail_left, n);
}

unsigned long ig_alloc_count(void)
{
  return (unsigned long)COUNTER_GET(made);
}

unsigned long ig_alloc_failures(void)
{
  return (unsigned long)COUNTER_GET(failures);
}

long ig_alloc_live(void)
{
  return COUNTER_GET(made) - COUNTER_GET(given_back);
}
