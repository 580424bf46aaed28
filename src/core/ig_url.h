/* Addresses and their secrets: percent-encoding, form queries, masking of secrets in
 * texts and bodies. May know: ig_buf. Must not know: curl, tokens. */
#ifndef IG_URL_H
#define IG_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "ig_buf.h"

/* 0 to 15, or -1 for a character that is no hex digit. */
int ig_hex_value(char c);
/* Appends `text` percent-encoded; only RFC 3986 unreserved characters stay as they are.
 * IG_OK, IG_TOO_LARGE or IG_MEMORY; on failure the buffer is as before. */
enum ig_kind ig_url_encode(struct ig_buf *buf, const char *text, size_t size);
/* Appends `text` decoded, once; `plus_is_space` is the form rule. A '%' without two hex
 * digits is IG_PARSE. On failure the buffer is as before. */
enum ig_kind ig_url_decode(struct ig_buf *buf, const char *text, size_t size,
                           bool plus_is_space);
/* Appends name=value, both encoded, with '&' in front unless the buffer is empty or
 * ends in '?' or '&'. On failure the buffer is as before. */
enum ig_kind ig_query_add(struct ig_buf *buf, const char *name, const char *value);
/* The same for a value of `size` bytes (a secret). */
enum ig_kind ig_query_add_bytes(struct ig_buf *buf, const char *name, const char *value,
                                size_t size);

/* Appends a copy of `text` with "[redacted]" for the values of access_token,
 * client_secret, code, signed_request, input_token and fb_exchange_token: in queries
 * and forms (name and '=' raw, percent-encoded once or twice, or JSON-escaped), in JSON
 * members (a string, or a bare value), also in JSON inside a JSON string. On failure
 * the buffer is as before. */
enum ig_kind ig_redact(struct ig_buf *buf, const char *text);
enum ig_kind ig_redact_bytes(struct ig_buf *buf, const char *text, size_t size);

/* Overwrites in place, with '*' of equal length, every occurrence of the `n` bytes of
 * `secret`: raw, percent-encoded, JSON-escaped (\/). Returns how many. A secret shorter
 * than 4 bytes is not looked for: it would only destroy the text. */
size_t ig_scrub(char *data, size_t size, const char *secret, size_t n);
/* Overwrites in place, with '*', each value after access_token= or client_secret= up to
 * '&', '"', '#', '\', white space or the end. Returns how many. */
size_t ig_scrub_parameters(char *data, size_t size);
/* The same for one name, "access_token=". */
size_t ig_scrub_parameter(char *data, size_t size, const char *name);

#endif
