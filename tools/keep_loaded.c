/* Preloaded beside a sanitizer: modules stay mapped until the end, so that a report of
 * what leaked can still name the functions; and programs that the tests start (curl,
 * sh) get no sanitizer themselves. Not part of anything installed. */
#define _GNU_SOURCE
#include <stdlib.h>

int dlclose(void *handle);

int dlclose(void *handle)
{
  (void)handle;
  return 0;
}

__attribute__((constructor)) static void only_here(void)
{
  unsetenv("LD_PRELOAD");
}
