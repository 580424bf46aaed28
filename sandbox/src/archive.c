/* Zip archives for the rules, read only: what is in them, entries into memory or onto
 * disk. Nothing raises while an entry is open. May know: lua.h, libzip, POSIX. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "compat.h"
#include "disk.h"
#include "native.h"

#define ZIP_CLASS "instagram.sandbox.zip"
#define CHUNK 65536
#define TYPE_SHIFT 16 /* Unix file types are in the upper half of the attributes */

struct archive {
  zip_t *handle; /* NULL: closed */
};

static zip_t *check_zip(lua_State *L)
{
  struct archive *archive = luaL_checkudata(L, 1, ZIP_CLASS);

  if (!archive->handle)
    luaL_error(L, "zip is closed");
  return archive->handle;
}

static int archive_close(lua_State *L)
{
  struct archive *archive = luaL_checkudata(L, 1, ZIP_CLASS);
  zip_t *handle = archive->handle;

  archive->handle = NULL;
  if (handle)
    zip_discard(handle);
  return 0;
}

/* zip:count() */
static int archive_count(lua_State *L)
{
  lua_pushnumber(L, (lua_Number)zip_get_num_entries(check_zip(L), 0));
  return 1;
}

static const char *kind_of(zip_t *zip, zip_uint64_t index, const char *name)
{
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  size_t size = strlen(name);

  if (size && name[size - 1] == '/')
    return "folder";
  if (zip_file_get_external_attributes(zip, index, 0, &system, &attributes)
      || system != ZIP_OPSYS_UNIX)
    return "file";
  switch ((attributes >> TYPE_SHIFT) & S_IFMT) {
  case 0: /* not said */
  case S_IFREG:
    return "file";
  case S_IFLNK:
    return "link";
  case S_IFDIR:
    return "folder";
  default:
    return "other";
  }
}

/* zip:entry(n) -> { name, size, packed, kind = "file" | "folder" | "link" | "other",
 * encrypted } of the nth | nil, message */
static int archive_entry(lua_State *L)
{
  zip_t *zip = check_zip(L);
  zip_uint64_t index = (zip_uint64_t)(luaL_checknumber(L, 2) - 1);
  zip_stat_t info;

  zip_stat_init(&info);
  if (zip_stat_index(zip, index, 0, &info) || !(info.valid & ZIP_STAT_NAME)
      || !(info.valid & ZIP_STAT_SIZE)) {
    lua_pushnil(L);
    lua_pushstring(L, zip_strerror(zip));
    return 2;
  }
  lua_createtable(L, 0, 5);
  lua_pushstring(L, info.name);
  lua_setfield(L, -2, "name");
  lua_pushnumber(L, (lua_Number)info.size);
  lua_setfield(L, -2, "size");
  lua_pushnumber(L, (lua_Number)info.comp_size);
  lua_setfield(L, -2, "packed");
  lua_pushstring(L, kind_of(zip, index, info.name));
  lua_setfield(L, -2, "kind");
  lua_pushboolean(L, (info.valid & ZIP_STAT_ENCRYPTION_METHOD)
                       && info.encryption_method != ZIP_EM_NONE);
  lua_setfield(L, -2, "encrypted");
  return 1;
}

static int push_problem(lua_State *L, const char *text)
{
  lua_pushnil(L);
  lua_pushstring(L, text);
  return 2;
}

/* An entry being read; what libzip finds wrong is in `error`. */
struct reading {
  zip_file_t *file;
  zip_error_t error;
  zip_uint64_t size; /* as the archive says */
};

static bool reading_open(zip_t *zip, zip_uint64_t index, struct reading *reading)
{
  zip_stat_t info;

  zip_stat_init(&info);
  zip_error_init(&reading->error);
  reading->file = NULL;
  if (zip_stat_index(zip, index, 0, &info) == 0)
    reading->file = zip_fopen_index(zip, index, 0);
  if (!reading->file)
    zip_error_set(&reading->error, zip_error_code_zip(zip_get_error(zip)),
                  zip_error_code_system(zip_get_error(zip)));
  reading->size = info.size;
  return reading->file != NULL;
}

/* Bytes read, 0 at the end (then the checksum has been right), -1: see `error`. */
static zip_int64_t reading_next(struct reading *reading, char *data, zip_uint64_t size)
{
  zip_int64_t got = zip_fread(reading->file, data, size);

  if (got < 0) {
    const zip_error_t *error = zip_file_get_error(reading->file);

    zip_error_set(&reading->error, zip_error_code_zip(error),
                  zip_error_code_system(error));
  }
  return got;
}

static int reading_fail(lua_State *L, struct reading *reading)
{
  push_problem(L, zip_error_strerror(&reading->error));
  zip_error_fini(&reading->error);
  return 2;
}

/* zip:read(n, limit) -> bytes of the nth entry | nil, message */
static int archive_read(lua_State *L)
{
  zip_t *zip = check_zip(L);
  zip_uint64_t index = (zip_uint64_t)(luaL_checknumber(L, 2) - 1), size, done = 0;
  lua_Number limit = luaL_checknumber(L, 3);
  struct reading reading;
  zip_int64_t got = 1;
  zip_stat_t info;
  char *data;

  zip_stat_init(&info);
  if (zip_stat_index(zip, index, 0, &info))
    return push_problem(L, zip_strerror(zip));
  size = info.size;
  if ((lua_Number)size > limit)
    return push_problem(L, "too large");
  data = lua_newuserdata(L, (size_t)size + 1); /* room to see that there is no more */
  if (!reading_open(zip, index, &reading))
    return reading_fail(L, &reading);
  while (got > 0 && done <= size) {
    got = reading_next(&reading, data + done, size + 1 - done);
    done += got > 0 ? (zip_uint64_t)got : 0;
  }
  zip_fclose(reading.file);
  if (got < 0)
    return reading_fail(L, &reading);
  if (done != size)
    return push_problem(L, "its size is not what the archive says");
  lua_pushlstring(L, data, (size_t)done);
  return 1;
}

static bool write_all(int fd, const char *data, size_t size)
{
  while (size) {
    ssize_t done = write(fd, data, size);

    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return false;
    data += done;
    size -= (size_t)done;
  }
  return true;
}

enum copied { COPIED, BAD_ENTRY, BAD_SIZE, BAD_DISK };

/* BAD_DISK: see errno; BAD_ENTRY: see reading->error. */
static enum copied copy_entry(struct reading *reading, int fd, bool durable)
{
  char data[CHUNK];
  zip_uint64_t done = 0;

  for (;;) {
    zip_int64_t got = reading_next(reading, data, sizeof data);

    if (got < 0)
      return BAD_ENTRY;
    if (got == 0)
      break;
    done += (zip_uint64_t)got;
    if (done > reading->size)
      return BAD_SIZE;
    if (!write_all(fd, data, (size_t)got))
      return BAD_DISK;
  }
  if (done != reading->size)
    return BAD_SIZE;
  return durable && fsync(fd) ? BAD_DISK : COPIED;
}

/* zip:extract(n, path, durable) -> true | nil, message: the nth entry as a new file;
 * nothing is left of it on failure. */
static int archive_extract(lua_State *L)
{
  zip_t *zip = check_zip(L);
  zip_uint64_t index = (zip_uint64_t)(luaL_checknumber(L, 2) - 1);
  const char *path = luaL_checkstring(L, 3);
  bool durable = lua_toboolean(L, 4);
  int code, fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  struct reading reading;
  enum copied copied;

  if (fd < 0)
    return igs_disk_fail(L, path);
  copied = reading_open(zip, index, &reading) ? copy_entry(&reading, fd, durable)
                                              : BAD_ENTRY;
  code = errno;
  if (reading.file)
    zip_fclose(reading.file);
  close(fd);
  if (copied != COPIED)
    unlink(path);
  errno = code;
  if (copied == BAD_ENTRY)
    return reading_fail(L, &reading);
  if (copied == BAD_DISK)
    return igs_disk_fail(L, path);
  if (copied == BAD_SIZE)
    return push_problem(L, "its size is not what the archive says");
  lua_pushboolean(L, 1);
  return 1;
}

static void push_class(lua_State *L)
{
  static const luaL_Reg metamethods[] = { { "__gc", archive_close },
                                          { "__close", archive_close },
                                          { NULL, NULL } };
  static const luaL_Reg methods[] = {
    { "count", archive_count },     { "entry", archive_entry },
    { "read", archive_read },       { "extract", archive_extract },
    { "close", archive_close },     { NULL, NULL },
  };

  igs_class(L, ZIP_CLASS, metamethods, methods);
}

int igs_zip_open(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  struct archive *archive = lua_newuserdata(L, sizeof *archive);
  int code = 0;

  archive->handle = NULL;
  push_class(L);
  lua_setmetatable(L, -2);
  archive->handle = zip_open(path, ZIP_RDONLY, &code);
  if (!archive->handle) {
    zip_error_t error;

    zip_error_init_with_code(&error, code);
    push_problem(L, zip_error_strerror(&error));
    zip_error_fini(&error);
    return 2;
  }
  return 1;
}
