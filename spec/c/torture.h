/* Runs a call with its first, second, third ... allocation failing until none does:
 * each failure must be IG_MEMORY, and nothing may stay allocated. After test.h. */
#ifndef TORTURE_H
#define TORTURE_H

#include "ig_alloc.h"
#include "ig_error.h"

/* Does the thing with its own objects and frees them all; what it returned. */
typedef enum ig_kind (*torture_call)(void);

TEST_HELPER void torture(torture_call call)
{
  for (long n = 1; n < 1000; n++) {
    long live = ig_alloc_live();
    enum ig_kind kind;

    ig_alloc_fail_after(n);
    kind = call();
    ig_alloc_fail_after(0);
    CHECK_INT(ig_alloc_live(), live);
    if (kind == IG_OK) {
      CHECK_THAT(n > 1, "the call allocates nothing");
      return;
    }
    CHECK_THAT(kind == IG_MEMORY, "allocation %ld failed: kind %s", n,
               ig_kind_name(kind));
  }
  CHECK_THAT(0, "no end after 1000 allocations");
}

#endif
