/* What can go wrong, as data: one list of kinds (names, advice), one fixed-size struct
 * that is filled without allocating. May know: libc. */
#ifndef IG_ERROR_H
#define IG_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* kind, its public name, what to do now (a plain sentence). */
#define IG_KINDS(X)                                                                    \
  X(IG_TRANSPORT, "transport",                                                         \
    "The network failed; check the connection and try again.")                         \
  X(IG_TIMEOUT, "timeout", "No answer came in time; try again or allow more time.")    \
  X(IG_TLS, "tls",                                                                     \
    "The server's certificate was not accepted; check cainfo, the clock and "          \
    "proxies.")                                                                        \
  X(IG_TOO_LARGE, "too_large",                                                         \
    "The answer is over the limit; raise max_body or ask for less.")                   \
  X(IG_PARSE, "parse",                                                                 \
    "The answer is not what the API sends; something in between may have "             \
    "answered.")                                                                       \
  X(IG_CANCELLED, "cancelled", "The call was cancelled before it ended.")              \
  X(IG_IO, "io",                                                                       \
    "A file could not be read or written; check the path, rights and space.")          \
  X(IG_TOKEN, "token", "The token is dead; let the person log in again.")              \
  X(IG_PERMISSION, "permission",                                                       \
    "The person did not grant this; ask for the permission again.")                    \
  X(IG_UNAVAILABLE, "unavailable",                                                     \
    "Instagram serves this app or account nothing: check tester role, app mode, "      \
    "review and whether the product still lives.")                                     \
  X(IG_NOT_FOUND, "not_found", "No such object, or it is not this token's to see.")    \
  X(IG_RATE_LIMIT, "rate_limit",                                                       \
    "Stop calling until retry_after seconds have passed.")                             \
  X(IG_TRANSIENT, "transient", "Instagram had a passing fault; try again later.")      \
  X(IG_EXCHANGE, "exchange",                                                           \
    "The token endpoint refused; compare client id, secret and redirect address "      \
    "with the dashboard.")                                                             \
  X(IG_DENIED, "denied", "The person said no; offer the login again when they wish.")  \
  X(IG_STATE, "state",                                                                 \
    "The redirect does not belong to this login; start the login anew.")               \
  X(IG_SPENT, "spent", "This code or ticket was used before; start the login anew.")   \
  X(IG_TICKET, "ticket",                                                               \
    "The login ticket is not valid any more; start the login anew.")                   \
  X(IG_SIGNATURE, "signature", "The signed request is not Meta's; ignore it.")         \
  X(IG_SEALED, "sealed", "The sealed text was altered or sealed with another key.")    \
  X(IG_STORE, "store", "The token store failed; nothing was lost, see the message.")   \
  X(IG_API, "api", "Instagram refused the request; the message says why.")             \
  X(IG_MEMORY, "memory", "Memory is out.")

enum ig_kind {
  IG_OK = 0,
#define IG_KIND_ENUM(kind, name, advice) kind,
  IG_KINDS(IG_KIND_ENUM)
#undef IG_KIND_ENUM
  IG_KIND_COUNT
};

struct ig_error {
  enum ig_kind kind;
  int status;          /* HTTP status, 0 when there was no answer */
  int code;            /* Instagram's error code, 0 when there was none */
  int subcode;         /* error_subcode, 0 when there was none */
  bool retryable;      /* the same call may succeed later */
  double retry_after;  /* seconds; negative when nobody said */
  int attempts;        /* how often the request was sent */
  const char *advice;  /* what to do now, where the kind's words do not fit: static */
  char type[48];       /* "OAuthException", "IGApiException", ... */
  char trace_id[48];   /* fbtrace_id */
  char message[512];   /* Instagram's words or ours: UTF-8, one line, no secret */
  char request[512];   /* method and redacted address: "GET https://host/me?..." */
};

/* Clears all and sets kind and message (printf form, cut at the size, control
 * characters become spaces, never cut inside a UTF-8 sequence). Returns kind, so that a
 * failing function can end in one line. retryable follows the kind. */
enum ig_kind ig_error_set(struct ig_error *error, enum ig_kind kind, const char *format,
                          ...)
#ifdef __GNUC__
  __attribute__((format(printf, 3, 4)))
#endif
  ;
void ig_error_clear(struct ig_error *error);
/* Copies foreign text into a field of an error: control characters become spaces, bytes
 * that are no UTF-8 '?'; cut between characters to fit `room`, zero included. */
void ig_error_copy(char *into, size_t room, const char *text, size_t size);
/* "rate_limit"; "" for IG_OK. Static text. */
const char *ig_kind_name(enum ig_kind kind);
const char *ig_kind_advice(enum ig_kind kind);
/* What to do now: the error's own advice, else its kind's. Static text. */
const char *ig_error_advice(const struct ig_error *error);
/* IG_OK when there is no such kind. */
enum ig_kind ig_kind_by_name(const char *name);

#endif
