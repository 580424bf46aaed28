/* Inside the HTTP room: the structs its files share, and the one place that knows which
 * libcurl we compile against. Included by ig_http*.c only. */
#ifndef IG_HTTP_CURL_H
#define IG_HTTP_CURL_H

#ifdef IG_CURL_FLOOR
#define CURL_DISABLE_DEPRECATION /* old names are what it is about */
#endif
#include <curl/curl.h>

#include "ig_http.h"

/* Anything newer than the floor (7.66.0, curl_multi_poll) asks here. IG_CURL_FLOOR
 * compiles as if nothing newer existed. */
#ifdef IG_CURL_FLOOR
#define IG_CURL_GE(major, minor, patch) 0
#else
#define IG_CURL_GE(major, minor, patch)                                               \
  (LIBCURL_VERSION_NUM >= (((major) << 16) | ((minor) << 8) | (patch)))
#endif

enum {
  IG_HTTP_IDLE = 8,  /* easy handles kept for reuse */
  IG_HTTP_SPARE = 4, /* bodies kept for reuse, wiped: a page is grown into only once */
  IG_HTTP_SPARE_ROOM = 256 * 1024
};

struct ig_http {
  CURLM *multi;
  CURLSH *share;    /* TLS sessions, which else go with the easy handles; or NULL */
  int set;          /* ig_poll, or -1 */
  unsigned char *wanted; /* by descriptor: what is watched, and does curl want it? */
  size_t wanted_room;
  double timer;     /* monotonic second at which curl wants a step; negative: never */
  bool failing; /* some transfer was refused outside its own callbacks */
  bool tls; /* some connection may be one of TLS, which writes without MSG_NOSIGNAL */
  int idle_count;
  CURL *idle[IG_HTTP_IDLE];
  int spare_count;
  struct ig_buf spare[IG_HTTP_SPARE];
  struct ig_transfer *live;                /* all that have an http, linked by next */
  struct ig_transfer *done, **done_end;    /* ended, not handed out, linked by later */
};

struct ig_transfer {
  struct ig_http *http; /* NULL once the room was freed */
  struct ig_transfer *next, **link;
  struct ig_transfer *later;
  void *owner;
  CURL *easy; /* while it runs */
  bool tls;   /* its easy handle keeps what was sent: not for reuse */
  struct curl_slist *headers; /* curl does not copy them */
  bool ended;
  CURLcode result;
  char problem[CURL_ERROR_SIZE];
  enum ig_kind refused; /* why a callback broke it off; IG_OK: it did not */
  struct ig_http_head head;
  size_t head_size; /* bytes of header lines, over all answers of this transfer */
  unsigned long failures; /* ig_alloc_failures when it began */
  bool head_ended;  /* the head of the final answer is complete: trailers may follow */
  struct ig_buf body;
  long long received;
  double moved;
  const struct ig_sink *sink;
  bool sink_asked, sink_takes;
  char *redirect;
};

/* One header line, as curl hands it out (not terminated). Fills the head; starts it
 * anew at each status line, for answers of proxies and interim answers come first. */
void ig_http_head_line(struct ig_http_head *head, const char *line, size_t size);

/* A new socket, of which ig_http_forget will be told. */
void ig_http_expect(struct ig_http *http, int fd);
/* The socket is about to be closed: it is watched no longer. */
void ig_http_forget(struct ig_http *http, int fd);

/* Finds out, once in this process, what the TLS library can do. */
void ig_http_tls_start(void);
/* Has its connections keep no decrypted bytes, where that can be had. */
void ig_http_tls_cleanse(CURL *easy);

/* Takes curl's result in; then, outside curl, gives the easy handle back. */
void ig_transfer_end(struct ig_transfer *transfer, CURLcode result);
void ig_transfer_drop_easy(struct ig_transfer *transfer);

/* curl's result into a kind and a message. */
enum ig_kind ig_http_explain(CURLcode result, const char *problem,
                             struct ig_error *error);

#endif
