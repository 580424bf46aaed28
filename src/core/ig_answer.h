/* Is this answer a success, and if not, what went wrong: both error shapes, errors
 * under HTTP 200, HTML, plain text, nothing. One table from code to kind. May know:
 * ig_json, ig_buf. Must not know: the network, tokens, who asked. */
#ifndef IG_ANSWER_H
#define IG_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "ig_error.h"

/* IG_OK when the answer is a success (status 200 to 299 and JSON whose top level is no
 * error; its other members are not checked). Else fills `error` (kind, message in
 * Instagram's words, status, code, subcode, type, trace_id, retryable) and returns the
 * kind. `token_endpoint`: one of the three token calls, where a refusal of client,
 * secret or redirect address is IG_EXCHANGE and a used code IG_SPENT. `content_type`
 * may be NULL. Never changes `body` (an error body is read in a wiped copy). */
enum ig_kind ig_answer_check(int status, const char *content_type, const char *body,
                             size_t size, bool token_endpoint, struct ig_error *error);

#endif
