/* The smallest test kit: a C test program is one file that includes this, defines tests
 * with TEST(name) { ... CHECK(...) ... } and gets its main from here. With an argument,
 * only the tests whose name contains it run. Ends with "N passed, N failed"; the exit
 * code is 1 when a test failed or none ran. May know: libc. */
#ifndef TEST_H
#define TEST_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEST_HELPER __attribute__((unused)) static

struct test_case {
  const char *name;
  void (*run)(void);
  struct test_case *next;
};

static struct test_case *test_first, **test_last = &test_first;
static int test_faults; /* failed checks of the running test */

TEST_HELPER void test_add(struct test_case *test)
{
  *test_last = test;
  test_last = &test->next;
}

/* Notes a failed check, printf form; after 20 in one test only counts. */
__attribute__((unused, format(printf, 3, 4))) static void
test_fail(const char *file, int line, const char *format, ...)
{
  va_list arguments;

  test_faults++;
  if (test_faults > 20)
    return;
  fprintf(stderr, "  %s:%d: ", file, line);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

TEST_HELPER void test_same_text(const char *file, int line, const char *code,
                                const char *got, const char *want)
{
  if (!got || !want ? got != want : strcmp(got, want) != 0)
    test_fail(file, line, "%s: got \"%s\", want \"%s\"", code, got ? got : "(null)",
              want ? want : "(null)");
}

TEST_HELPER void test_same_bytes(const char *file, int line, const char *code,
                                 const void *got, size_t got_size, const void *want,
                                 size_t want_size)
{
  if (got_size != want_size || (got_size && memcmp(got, want, got_size) != 0))
    test_fail(file, line, "%s: got %zu bytes \"%.*s\", want %zu bytes \"%.*s\"", code,
              got_size, (int)got_size, got_size ? (const char *)got : "", want_size,
              (int)want_size, want_size ? (const char *)want : "");
}

TEST_HELPER void test_same_integer(const char *file, int line, const char *code,
                                   long long got, long long want)
{
  if (got != want)
    test_fail(file, line, "%s: got %lld, want %lld", code, got, want);
}

/* A test; its body follows. Tests run in the order of the file. */
#define TEST(name)                                                                     \
  static void test_##name(void);                                                       \
  __attribute__((constructor)) static void add_##name(void)                            \
  {                                                                                    \
    static struct test_case test = { #name, test_##name, NULL };                       \
    test_add(&test);                                                                   \
  }                                                                                    \
  static void test_##name(void)

/* Checks go on after a failure; each is an expression statement. */
#define CHECK(condition)                                                               \
  ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, "%s", #condition))
/* As CHECK, and says more: CHECK_THAT(n == 3, "n is %d", n). */
#define CHECK_THAT(condition, ...)                                                     \
  ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, __VA_ARGS__))
#define CHECK_STR(got, want) test_same_text(__FILE__, __LINE__, #got, (got), (want))
#define CHECK_MEM(got, got_size, want, want_size)                                      \
  test_same_bytes(__FILE__, __LINE__, #got, (got), (got_size), (want), (want_size))
#define CHECK_INT(got, want)                                                           \
  test_same_integer(__FILE__, __LINE__, #got, (long long)(got), (long long)(want))

/* A program that needs its own main defines TEST_OWN_MAIN and calls test_run. */
TEST_HELPER int test_run(const char *only)
{
  int passed = 0, failed = 0;

  for (struct test_case *test = test_first; test; test = test->next) {
    if (only && !strstr(test->name, only))
      continue;
    test_faults = 0;
    test->run();
    if (test_faults) {
      failed++;
      fprintf(stderr, "FAILED %s (%d checks)\n", test->name, test_faults);
    } else
      passed++;
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed || !passed;
}

#ifndef TEST_OWN_MAIN
int main(int count, char **arguments)
{
  return test_run(count > 1 ? arguments[1] : NULL);
}
#endif

#endif
