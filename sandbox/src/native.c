/* Digests, base64, files and POSTs for the rules. Scratch memory is Lua's own, so a
 * raise frees it. May know: lua.h, GnuTLS, POSIX files. */
#define _POSIX_C_SOURCE 200809L
#include "native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compat.h"
#include "disk.h"
#include "post.h"

#define DIR_CLASS "instagram.sandbox.dir"
#define SHA1_SIZE 20
#define SHA256_SIZE 32

static const char standard[] =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* native.sha1_hex(text) -> 40 lower-case digits */
static int native_sha1_hex(lua_State *L)
{
  static const char digits[] = "0123456789abcdef";
  unsigned char sum[SHA1_SIZE];
  char text[2 * SHA1_SIZE];
  size_t size, i;
  const char *data = luaL_checklstring(L, 1, &size);

  if (gnutls_hash_fast(GNUTLS_DIG_SHA1, data, size, sum) < 0)
    return luaL_error(L, "sha1 failed");
  for (i = 0; i < SHA1_SIZE; i++) {
    text[2 * i] = digits[sum[i] >> 4];
    text[2 * i + 1] = digits[sum[i] & 15];
  }
  lua_pushlstring(L, text, sizeof text);
  return 1;
}

/* native.hmac_sha256(key, text) -> 32 bytes */
static int native_hmac_sha256(lua_State *L)
{
  unsigned char sum[SHA256_SIZE];
  size_t key_size, size;
  const char *key = luaL_checklstring(L, 1, &key_size);
  const char *data = luaL_checklstring(L, 2, &size);

  if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_size, data, size, sum) < 0)
    return luaL_error(L, "hmac_sha256 failed");
  lua_pushlstring(L, (const char *)sum, sizeof sum);
  return 1;
}

static int push_base64(lua_State *L, const char *alphabet, bool padded)
{
  size_t size, i, n = 0;
  const unsigned char *in = (const unsigned char *)luaL_checklstring(L, 1, &size);
  char *out = lua_newuserdata(L, size / 3 * 4 + 5);

  for (i = 0; i + 2 < size; i += 3) {
    out[n++] = alphabet[in[i] >> 2];
    out[n++] = alphabet[(in[i] & 3) << 4 | in[i + 1] >> 4];
    out[n++] = alphabet[(in[i + 1] & 15) << 2 | in[i + 2] >> 6];
    out[n++] = alphabet[in[i + 2] & 63];
  }
  if (i < size) {
    int second = i + 1 < size ? in[i + 1] : 0;

    out[n++] = alphabet[in[i] >> 2];
    out[n++] = alphabet[(in[i] & 3) << 4 | second >> 4];
    if (i + 1 < size)
      out[n++] = alphabet[(second & 15) << 2];
    while (padded && n % 4)
      out[n++] = '=';
  }
  lua_pushlstring(L, out, n);
  return 1;
}

/* native.base64(text): the standard alphabet, padded */
static int native_base64(lua_State *L)
{
  return push_base64(L, standard, true);
}

/* native.base64url(text): the URL alphabet, not padded */
static int native_base64url(lua_State *L)
{
  return push_base64(L, url_safe, false);
}

/* native.unbase64url(text) -> bytes | nil: strict, without padding */
static int native_unbase64url(lua_State *L)
{
  size_t size, i, n = 0;
  const char *in = luaL_checklstring(L, 1, &size);
  char *out = lua_newuserdata(L, size + 1);
  unsigned bits = 0, held = 0;

  for (i = 0; i < size; i++) {
    const char *at = memchr(url_safe, in[i], 64);

    if (!at) {
      lua_pushnil(L);
      return 1;
    }
    bits = bits << 6 | (unsigned)(at - url_safe);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[n++] = (char)(bits >> held);
      bits &= (1u << held) - 1;
    }
  }
  if (held == 6 || bits != 0) /* a lone character, or bits beyond the last byte */
    lua_pushnil(L);
  else
    lua_pushlstring(L, out, n);
  return 1;
}

/* native.file_size(path) -> bytes | nil, message: of a regular file */
static int native_file_size(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  struct stat info;

  if (stat(path, &info))
    return igs_disk_fail(L, path);
  if (!S_ISREG(info.st_mode)) {
    errno = EINVAL;
    return igs_disk_fail(L, path);
  }
  igs_pushinteger(L, (int64_t)info.st_size);
  return 1;
}

static size_t read_all(int fd, char *data, size_t size)
{
  size_t done = 0;

  while (done < size) {
    ssize_t got = read(fd, data + done, size - done);

    if (got <= 0)
      break;
    done += (size_t)got;
  }
  return done;
}

/* native.read(path) -> bytes | nil, message: a regular file at its size now */
static int native_read(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  struct stat info;
  char *data;
  size_t done;
  int fd;

  if (stat(path, &info))
    return igs_disk_fail(L, path);
  if (!S_ISREG(info.st_mode)) {
    errno = EINVAL;
    return igs_disk_fail(L, path);
  }
  data = lua_newuserdata(L, (size_t)info.st_size + 1);
  fd = open(path, O_RDONLY | O_CLOEXEC); /* nothing raises until it is closed */
  if (fd < 0)
    return igs_disk_fail(L, path);
  done = read_all(fd, data, (size_t)info.st_size);
  close(fd);
  lua_pushlstring(L, data, done);
  return 1;
}

/* Writes a file's bytes, or a folder's names, to the disk; false with errno. */
static bool sync_path(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC), code;
  bool ok = fd >= 0 && fsync(fd) == 0;

  code = errno;
  if (fd >= 0)
    close(fd);
  errno = code;
  return ok;
}

/* native.replace(new, path) -> true | nil, message: puts a finished file in the place
 * of another, at once and for good, or leaves the other as it was. */
static int native_replace(lua_State *L)
{
  const char *new = luaL_checkstring(L, 1), *path = luaL_checkstring(L, 2);
  const char *slash = strrchr(path, '/');

  if (slash)
    lua_pushlstring(L, path, slash == path ? 1 : (size_t)(slash - path));
  else
    lua_pushstring(L, ".");
  if (!sync_path(new) || rename(new, path) || !sync_path(lua_tostring(L, -1)))
    return igs_disk_fail(L, path);
  lua_pushboolean(L, 1);
  return 1;
}

static int dir__gc(lua_State *L)
{
  DIR **dir = luaL_checkudata(L, 1, DIR_CLASS);

  if (*dir)
    closedir(*dir);
  *dir = NULL;
  return 0;
}

/* native.list(path) -> sorted array of the names in a folder | nil, message */
static int native_list(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  const struct dirent *entry;
  int count = 0;
  DIR **dir;

  lua_settop(L, 1);
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "sort");
  dir = lua_newuserdata(L, sizeof *dir);
  *dir = NULL;
  luaL_getmetatable(L, DIR_CLASS);
  lua_setmetatable(L, -2);
  *dir = opendir(path);
  if (!*dir)
    return igs_disk_fail(L, path);
  lua_newtable(L);
  for (entry = readdir(*dir); entry; entry = readdir(*dir)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++count);
  }
  closedir(*dir);
  *dir = NULL;
  lua_pushvalue(L, 3); /* table.sort */
  lua_pushvalue(L, -2);
  lua_call(L, 1, 0);
  return 1;
}

/* native.mime(path) -> content type by the name's end */
static int native_mime(lua_State *L)
{
  static const struct {
    const char *end, *type;
  } types[] = {
    { "jpg", "image/jpeg" },     { "jpeg", "image/jpeg" },
    { "png", "image/png" },      { "gif", "image/gif" },
    { "webp", "image/webp" },    { "svg", "image/svg+xml" },
    { "mp4", "video/mp4" },      { "mov", "video/quicktime" },
    { "json", "application/json" }, { "html", "text/html; charset=utf-8" },
    { "css", "text/css" },       { "js", "text/javascript" },
    { "txt", "text/plain; charset=utf-8" }, { NULL, "application/octet-stream" },
  };
  const char *path = luaL_checkstring(L, 1);
  const char *dot = strrchr(path, '.');
  int i;

  for (i = 0; types[i].end; i++)
    if (dot && strcasecmp(dot + 1, types[i].end) == 0)
      break;
  lua_pushstring(L, types[i].type);
  return 1;
}

static const char *text_member(lua_State *L, const char *name, size_t *size)
{
  lua_getfield(L, 1, name);
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "post: '%s' must be a string", name);
  return lua_tolstring(L, -1, size);
}

/* native.post{id=, url=, type=, body=, timeout=, verify=} -> true | nil, message: it is
 * queued for the poster's thread; main.posted gets what came of it */
static int native_post(lua_State *L)
{
  struct igs_order order = { 0 };
  struct igs_poster *poster;
  const char *problem;

  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, LUA_REGISTRYINDEX, IGS_POSTER);
  poster = lua_touserdata(L, -1);
  order.url = text_member(L, "url", NULL);
  order.type = text_member(L, "type", NULL);
  order.body = text_member(L, "body", &order.size);
  lua_getfield(L, 1, "id");
  order.id = (int64_t)luaL_checknumber(L, -1);
  lua_getfield(L, 1, "timeout");
  order.timeout = luaL_checknumber(L, -1);
  lua_getfield(L, 1, "verify");
  order.verify = lua_toboolean(L, -1);
  problem = poster ? igs_poster_add(poster, &order) : "nobody is there to send it";
  if (!problem) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, problem);
  return 2;
}

int igs_native_open(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "sqlite", igs_sqlite_open },      { "sha1_hex", native_sha1_hex },
    { "hmac_sha256", native_hmac_sha256 }, { "base64", native_base64 },
    { "base64url", native_base64url },  { "unbase64url", native_unbase64url },
    { "file_size", native_file_size },  { "read", native_read },
    { "list", native_list },            { "mime", native_mime },
    { "replace", native_replace },      { "post", native_post },
    { "zip", igs_zip_open },            { NULL, NULL },
  };
  static const luaL_Reg dir[] = { { "__gc", dir__gc }, { NULL, NULL } };
  static const luaL_Reg none[] = { { NULL, NULL } };

  igs_class(L, DIR_CLASS, dir, none);
  lua_pop(L, 1);
  lua_newtable(L);
  igs_register(L, functions);
  igs_disk_register(L);
  return 1;
}
