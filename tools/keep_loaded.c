/* Preloaded in sanitizer runs: modules stay mapped until the end, so that a report of
 * what leaked can still name the functions. Not part of anything installed. */
int dlclose(void *handle);

int dlclose(void *handle)
{
  (void)handle;
  return 0;
}
