/* A cursor over handshake bytes, which may be spread over many records, and the way
 * through a ClientHello to its server_name (RFC 8446, 4.1.2; RFC 6066, 3). */
#include "hello.h"

#include <stdint.h>
#include <string.h>

#define RECORD_HANDSHAKE 0x16
#define CLIENT_HELLO 1
#define SERVER_NAME 0

enum trouble { NONE, SHORT, NONSENSE };

struct cursor {
  const unsigned char *bytes;
  size_t size, at;
  size_t left; /* of the record */
  enum trouble trouble;
};

static const char *const names[IGS_SHAKE_KINDS] = {
  "", "close", "alert", "garbage", "stall", "expired", "wrong_host", "untrusted",
};

const char *igs_handshake_name(enum igs_handshake kind)
{
  return names[kind];
}

enum igs_handshake igs_handshake_kind(const char *name)
{
  int kind;

  for (kind = IGS_SHAKE_CLOSE; kind < IGS_SHAKE_KINDS; kind++)
    if (strcmp(names[kind], name) == 0)
      break;
  return (enum igs_handshake)kind;
}

static void next_record(struct cursor *cursor)
{
  const unsigned char *head = cursor->bytes + cursor->at;

  if (cursor->at < cursor->size && head[0] != RECORD_HANDSHAKE) {
    cursor->trouble = NONSENSE;
  } else if (cursor->size - cursor->at < 5) {
    cursor->trouble = SHORT;
  } else {
    cursor->left = (size_t)head[3] << 8 | head[4];
    cursor->at += 5;
    if (!cursor->left) /* an empty one is not allowed */
      cursor->trouble = NONSENSE;
  }
}

/* A number of so many bytes; 0 once there is trouble. */
static size_t take(struct cursor *cursor, int bytes)
{
  size_t number = 0;

  while (bytes-- > 0) {
    if (!cursor->trouble && !cursor->left)
      next_record(cursor);
    if (!cursor->trouble && cursor->at == cursor->size)
      cursor->trouble = SHORT;
    if (cursor->trouble)
      return 0;
    number = number << 8 | cursor->bytes[cursor->at++];
    cursor->left--;
  }
  return number;
}

static void skip(struct cursor *cursor, size_t bytes)
{
  while (bytes-- > 0 && !cursor->trouble)
    take(cursor, 1);
}

static bool is_host_byte(size_t c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || c == '-' || c == '.' || c == '_';
}

static void read_name(struct cursor *cursor, char host[IGS_HOST_MAX])
{
  size_t i, size;

  take(cursor, 2); /* the list's size; only its first entry is looked at */
  if (take(cursor, 1) != 0)
    return; /* not a host name */
  size = take(cursor, 2);
  if (size >= IGS_HOST_MAX)
    return;
  for (i = 0; i < size; i++) {
    size_t c = take(cursor, 1);

    if (!is_host_byte(c))
      size = 0; /* the loop ends, and the name is none */
    host[i] = (char)c;
  }
  host[size] = '\0';
}

static void read_extensions(struct cursor *cursor, char host[IGS_HOST_MAX])
{
  size_t left = take(cursor, 2);

  while (left >= 4 && !cursor->trouble) {
    size_t type = take(cursor, 2), size = take(cursor, 2);

    if (type == SERVER_NAME && !cursor->trouble) {
      read_name(cursor, host);
      return;
    }
    skip(cursor, size);
    left -= size + 4 < left ? size + 4 : left;
  }
}

bool igs_hello_read(const unsigned char *bytes, size_t size, char host[IGS_HOST_MAX])
{
  struct cursor cursor = { 0 };

  cursor.bytes = bytes;
  cursor.size = size;
  host[0] = '\0';
  if (take(&cursor, 1) != CLIENT_HELLO && !cursor.trouble)
    return true;
  skip(&cursor, 3 + 2 + 32);        /* size, version, random */
  skip(&cursor, take(&cursor, 1));  /* session */
  skip(&cursor, take(&cursor, 2));  /* cipher suites */
  skip(&cursor, take(&cursor, 1));  /* compression */
  read_extensions(&cursor, host);
  if (cursor.trouble)
    host[0] = '\0';
  return cursor.trouble != SHORT;
}
