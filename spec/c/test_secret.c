/* ig_secret: where secrets come from, how they end, keys. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ig_alloc.h"
#include "ig_secret.h"
#include "test.h"
#include "torture.h"

static char folder[] = "/tmp/ig_secret_XXXXXX";
static char path[64];

/* Writes a file in a folder made once; its path is in `path`. */
static void write_file(const void *bytes, size_t size)
{
  int fd;

  if (!path[0]) {
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/secret", folder);
  }
  fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK(fd >= 0);
  CHECK(write(fd, bytes, size) == (ssize_t)size);
  close(fd);
}

TEST(set_copies_and_replaces)
{
  struct ig_secret a = { NULL, 0 }, b = { NULL, 0 };
  char *big = ig_calloc(1, IG_SECRET_MAX + 1);

  CHECK_INT(ig_secret_set(&a, "first\0one", 9), IG_OK);
  CHECK_MEM(a.data, a.size, "first\0one", 9);
  CHECK_INT(a.data[9], 0);
  CHECK_INT(ig_secret_set(&a, a.data + 6, 3), IG_OK);
  CHECK_STR(a.data, "one");
  CHECK_INT(ig_secret_copy(&b, &a), IG_OK);
  CHECK_STR(b.data, "one");
  CHECK(a.data != b.data);
  CHECK_INT(ig_secret_copy(&a, &a), IG_OK);
  CHECK_STR(a.data, "one");
  CHECK_INT(ig_secret_set(&a, big, IG_SECRET_MAX + 1), IG_TOO_LARGE);
  CHECK_STR(a.data, "one");
  CHECK_INT(ig_secret_set(&a, big, IG_SECRET_MAX), IG_OK);
  CHECK_INT(ig_secret_set(&a, NULL, 0), IG_OK);
  CHECK(a.data == NULL);
  ig_secret_free(&a);
  ig_secret_free(&b);
  ig_secret_free(&b);
  ig_free(big);
}

TEST(a_file_is_read_whole)
{
  struct ig_secret secret = { NULL, 0 };
  struct ig_error error;
  size_t size;

  write_file("IGQ\0x\r\n\n", 8);
  CHECK_INT(ig_secret_file(&secret, path, &error), IG_OK);
  CHECK_MEM(secret.data, secret.size, "IGQ\0x\r\n\n", 8);
  ig_secret_text(&secret, &size);
  CHECK_INT(size, 5);
  ig_secret_free(&secret);
  CHECK_STR(ig_secret_text(&secret, &size), "");
  CHECK_INT(size, 0);
}

TEST(files_that_are_no_secret)
{
  struct ig_secret secret = { NULL, 0 };
  struct ig_error error;
  char *big = ig_calloc(1, IG_SECRET_MAX + 1);

  ig_secret_set(&secret, "kept", 4);
  CHECK_INT(ig_secret_file(&secret, "/nowhere/at/all", &error), IG_IO);
  CHECK_STR(error.message, "secret file /nowhere/at/all: No such file or directory");
  CHECK_INT(ig_secret_file(&secret, "/tmp", &error), IG_IO);
  CHECK_STR(error.message, "secret file /tmp: Is a directory");
  write_file("", 0);
  CHECK_INT(ig_secret_file(&secret, path, &error), IG_IO);
  CHECK(strstr(error.message, "holds nothing") != NULL);
  write_file(big, IG_SECRET_MAX + 1);
  CHECK_INT(ig_secret_file(&secret, path, &error), IG_TOO_LARGE);
  CHECK(!strstr(ig_error_advice(&error), "max_body"));
  CHECK_STR(secret.data, "kept");
  write_file(big, IG_SECRET_MAX);
  CHECK_INT(ig_secret_file(&secret, path, &error), IG_OK);
  CHECK_INT(secret.size, IG_SECRET_MAX);
  ig_secret_free(&secret);
  ig_free(big);
}

TEST(a_descriptor_is_read_to_the_end_and_stays_open)
{
  struct ig_secret secret = { NULL, 0 };
  struct ig_error error;
  int ends[2];

  CHECK(pipe(ends) == 0);
  CHECK(write(ends[1], "from a ", 7) == 7);
  CHECK(write(ends[1], "pipe\n", 5) == 5);
  close(ends[1]);
  CHECK_INT(ig_secret_fd(&secret, ends[0], &error), IG_OK);
  CHECK_STR(secret.data, "from a pipe\n");
  CHECK(fcntl(ends[0], F_GETFD) >= 0);
  close(ends[0]);
  CHECK_INT(ig_secret_fd(&secret, ends[0], &error), IG_IO);
  CHECK(strstr(error.message, "descriptor") != NULL);
  CHECK_STR(secret.data, "from a pipe\n");
  ig_secret_free(&secret);
}

TEST(the_environment)
{
  struct ig_secret secret = { NULL, 0 };
  struct ig_error error;

  setenv("IG_TEST_SECRET", "IGQ", 1);
  CHECK_INT(ig_secret_env(&secret, "IG_TEST_SECRET", &error), IG_OK);
  CHECK_STR(secret.data, "IGQ");
  setenv("IG_TEST_SECRET", "", 1);
  CHECK_INT(ig_secret_env(&secret, "IG_TEST_SECRET", &error), IG_IO);
  CHECK_STR(error.message, "environment variable IG_TEST_SECRET is empty");
  unsetenv("IG_TEST_SECRET");
  CHECK_INT(ig_secret_env(&secret, "IG_TEST_SECRET", &error), IG_IO);
  CHECK_STR(error.message, "environment variable IG_TEST_SECRET is not set");
  CHECK(strstr(ig_error_advice(&error), "Set the variable"));
  ig_secret_free(&secret);
}

TEST(a_secret_is_saved_for_its_owner_only)
{
  struct ig_secret secret = { NULL, 0 }, back = { NULL, 0 };
  struct ig_error error;
  struct stat info;

  unlink(path);
  ig_secret_set(&secret, "new\n", 4);
  CHECK_INT(ig_secret_save(&secret, path, &error), IG_OK);
  CHECK(stat(path, &info) == 0 && (info.st_mode & 07777) == 0600);
  CHECK_INT(ig_secret_file(&back, path, &error), IG_OK);
  CHECK_STR(back.data, "new\n");
  CHECK_INT(ig_secret_save(&secret, "/nowhere/at/all", &error), IG_IO);
  /* The first one may have sealed something. */
  ig_secret_set(&secret, "another", 7);
  CHECK_INT(ig_secret_save(&secret, path, &error), IG_IO);
  CHECK(strstr(error.message, path) && strstr(error.message, "stays as it is"));
  CHECK(strstr(ig_error_advice(&error), "another name"));
  CHECK_INT(ig_secret_file(&back, path, &error), IG_OK);
  CHECK_STR(back.data, "new\n");
  /* A folder has that name: the new file must not stay beside it. */
  unlink(path);
  mkdir(path, 0700);
  CHECK_INT(ig_secret_save(&secret, path, &error), IG_IO);
  rmdir(path);
  CHECK(rmdir(folder) == 0);
  CHECK(mkdir(folder, 0700) == 0);
  ig_secret_free(&secret);
  ig_secret_free(&back);
}

/* As somebody who is not root. */
static bool saves_in_closed_folder(const char *inside)
{
  struct ig_secret secret = { NULL, 0 };
  struct ig_error error;
  pid_t child = fork();
  int status = -1;

  if (child == 0) {
    ig_secret_set(&secret, "new", 3);
    if (geteuid() == 0 && setuid(65534) < 0)
      _exit(2);
    _exit(ig_secret_save(&secret, inside, &error) ? 1 : 0);
  }
  waitpid(child, &status, 0);
  return status == 0;
}

TEST(a_folder_that_cannot_be_read_is_written_to)
{
  char closed[64], inside[80];
  struct stat info;

  snprintf(closed, sizeof closed, "%s/closed", folder);
  snprintf(inside, sizeof inside, "%s/key", closed);
  CHECK(mkdir(closed, 0700) == 0 && chmod(folder, 0711) == 0);
  if (geteuid() == 0)
    CHECK(chown(closed, 65534, 65534) == 0);
  CHECK(chmod(closed, 0300) == 0);
  CHECK(saves_in_closed_folder(inside));
  CHECK(stat(inside, &info) == 0 && info.st_size == 3);
  CHECK(unlink(inside) == 0);
  CHECK(rmdir(closed) == 0 && chmod(folder, 0700) == 0);
}

static bool is_key(const char *text, size_t size)
{
  struct ig_secret secret = { NULL, 0 };
  unsigned char got[IG_KEY_SIZE], want[IG_KEY_SIZE];
  bool good;

  for (int i = 0; i < IG_KEY_SIZE; i++)
    want[i] = (unsigned char)(i + 200);
  memset(got, 'x', sizeof got);
  ig_secret_set(&secret, text, size);
  good = ig_secret_key(&secret, got);
  if (good)
    CHECK(memcmp(got, want, sizeof want) == 0);
  else
    for (size_t i = 0; i < sizeof got; i++)
      CHECK_INT(got[i], 0);
  ig_secret_free(&secret);
  return good;
}

TEST(a_key_may_be_raw_hex_or_base64url)
{
  char raw[IG_KEY_SIZE + 1], hex[80];

  for (int i = 0; i < IG_KEY_SIZE; i++) {
    raw[i] = (char)(i + 200);
    snprintf(hex + 2 * i, 3, i % 2 ? "%02x" : "%02X", i + 200);
  }
  CHECK(is_key(raw, 32));
  CHECK(is_key(hex, 64));
  memcpy(hex + 64, "\r\n", 3);
  CHECK(is_key(hex, 66));
  CHECK(is_key("yMnKy8zNzs_Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5uc", 43));
  CHECK(is_key("yMnKy8zNzs_Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5uc\n", 44));
  CHECK(!is_key(raw, 31));
  CHECK(!is_key(hex, 63));
  hex[5] = 'g';
  CHECK(!is_key(hex, 64));
  CHECK(!is_key("yMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5uc", 43));
  CHECK(!is_key("", 0));
}

static enum ig_kind use_all(void)
{
  struct ig_secret a = { NULL, 0 }, b = { NULL, 0 };
  struct ig_error error;
  enum ig_kind kind;

  unlink(path);
  kind = ig_secret_set(&a, "secret", 6);
  if (!kind)
    kind = ig_secret_save(&a, path, &error);
  if (!kind)
    kind = ig_secret_file(&b, path, &error);
  if (!kind)
    kind = ig_secret_env(&b, "PATH", &error);
  if (!kind)
    kind = ig_secret_copy(&b, &a);
  ig_secret_free(&a);
  ig_secret_free(&b);
  return kind;
}

TEST(memory_runs_out)
{
  torture(use_all);
  unlink(path);
  rmdir(folder);
}
