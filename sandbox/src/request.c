/* The request: gathered from libmicrohttpd into C first, pushed to Lua after, so that
 * no raise crosses libmicrohttpd. May know: libmicrohttpd, lua.h. */
#define _POSIX_C_SOURCE 200809L
#include "request.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "compat.h"
#include "form.h"
#include "raw.h"

/* The path and query of the target; who else it names goes into `authority`. */
static char *copy_path(struct igs_request *request, const char *target)
{
  const char *path = igs_proxy_target(target, &request->authority, &request->asked);
  char *copy;

  if (!path)
    return strdup(target);
  if (*path == '/')
    return strdup(path);
  copy = malloc(strlen(path) + 2); /* "http://host?query" */
  if (copy) {
    copy[0] = '/';
    memcpy(copy + 1, path, strlen(path) + 1);
  }
  return copy;
}

struct igs_request *igs_request_new(struct MHD_Connection *connection, const char *uri)
{
  struct igs_request *request = calloc(1, sizeof *request);

  if (!request)
    return NULL;
  request->connection = connection;
  igs_reply_init(&request->reply);
  request->secure =
    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION) != NULL;
  request->uri = copy_path(request, uri);
  if (!request->uri) {
    free(request);
    return NULL;
  }
  return request;
}

void igs_request_free(struct igs_request *request)
{
  if (!request)
    return;
  igs_raw_free(request->raw);
  igs_reply_free(&request->reply);
  igs_buf_free(&request->body);
  free(request->headers);
  free(request->uri);
  free(request);
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                 size_t key_size, const char *value, size_t value_size)
{
  struct igs_request *request = cls;
  struct igs_pair *pair = &request->headers[request->header_count++];

  (void)kind;
  pair->name = key;
  pair->name_size = key_size;
  pair->value = value ? value : "";
  pair->value_size = value ? value_size : 0;
  return MHD_YES;
}

bool igs_request_begin(struct igs_request *request, const char *method,
                       const char *version)
{
  int count = MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, NULL,
                                          NULL);

  request->method = method;
  request->version = version;
  if (count <= 0)
    return true;
  request->headers = malloc((size_t)count * sizeof *request->headers);
  if (!request->headers)
    return false;
  MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, on_header, request);
  return true;
}

const char *igs_request_header(const struct igs_request *request, const char *name)
{
  size_t i, size = strlen(name);

  for (i = 0; i < request->header_count; i++) {
    const struct igs_pair *pair = &request->headers[i];

    if (pair->name_size == size && strncasecmp(pair->name, name, size) == 0)
      return pair->value;
  }
  return NULL;
}

bool igs_request_is(const struct igs_request *request, const char *method)
{
  return strcmp(request->method, method) == 0;
}

static void push_lower(lua_State *L, const char *text, size_t size)
{
  luaL_Buffer out;
  size_t i;

  luaL_buffinit(L, &out);
  for (i = 0; i < size; i++) {
    char c = text[i];

    luaL_addchar(&out, (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c));
  }
  luaL_pushresult(&out);
}

/* A header sent twice is one, joined by commas (RFC 9110, 5.3); cookies by semicolons.
 * */
static void push_headers(lua_State *L, const struct igs_request *request)
{
  size_t i;

  lua_createtable(L, 0, (int)request->header_count);
  for (i = 0; i < request->header_count; i++) {
    const struct igs_pair *pair = &request->headers[i];

    push_lower(L, pair->name, pair->name_size);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushlstring(L, pair->value, pair->value_size);
    } else {
      bool cookie = strcmp(lua_tostring(L, -2), "cookie") == 0;

      lua_pushstring(L, cookie ? "; " : ", ");
      lua_pushlstring(L, pair->value, pair->value_size);
      lua_concat(L, 3);
    }
    lua_rawset(L, -3);
  }
}

static void push_peer(lua_State *L, struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info =
    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *address = info ? info->client_addr : NULL;
  char host[INET6_ADDRSTRLEN] = "?", text[INET6_ADDRSTRLEN + 16];
  unsigned port = 0;

  if (address && address->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const void *)address;

    inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
    port = ntohs(in->sin_port);
  } else if (address && address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (const void *)address;

    inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
    port = ntohs(in6->sin6_port);
  }
  snprintf(text, sizeof text, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
  lua_pushstring(L, text);
}

static void push_address(lua_State *L, const char *uri)
{
  const char *mark = strchr(uri, '?');
  size_t path = mark ? (size_t)(mark - uri) : strlen(uri);
  const char *query = mark ? mark + 1 : "";

  lua_pushlstring(L, uri, path);
  lua_setfield(L, -2, "path");
  lua_pushstring(L, query);
  lua_setfield(L, -2, "query");
  igs_form_push_query(L, query, strlen(query));
  lua_setfield(L, -2, "args");
}

/* Who the target named counts, and not the header (RFC 9112, 3.2.2). */
static void push_host(lua_State *L, const struct igs_authority *authority)
{
  bool address = strchr(authority->host, ':') != NULL;

  if (!*authority->host)
    return;
  if (authority->port)
    lua_pushfstring(L, address ? "[%s]:%d" : "%s:%d", authority->host,
                    (int)authority->port);
  else
    lua_pushfstring(L, address ? "[%s]" : "%s", authority->host);
  lua_setfield(L, -2, "host");
}

void igs_request_push(lua_State *L, const struct igs_request *request)
{
  const char *body = request->body.data ? request->body.data : "";

  lua_createtable(L, 0, 12);
  lua_pushstring(L, request->method);
  lua_setfield(L, -2, "method");
  lua_pushstring(L, request->version);
  lua_setfield(L, -2, "version");
  push_address(L, request->uri);
  push_headers(L, request);
  push_host(L, &request->authority);
  lua_setfield(L, -2, "headers");
  lua_pushlstring(L, body, request->body.size);
  lua_setfield(L, -2, "body");
  igs_form_push(L, igs_request_header(request, "Content-Type"), body,
                request->body.size);
  lua_setfield(L, -2, "form");
  push_peer(L, request->connection);
  lua_setfield(L, -2, "peer");
  lua_pushboolean(L, request->secure);
  lua_setfield(L, -2, "secure");
}
