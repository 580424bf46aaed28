/* What the files of the JSON reader share. Nobody else includes this. */
#ifndef IG_JSON_PARTS_H
#define IG_JSON_PARTS_H

#include "ig_json.h"

/* Notes the problem at this byte; the reader says IG_JSON_ERROR from now on. */
enum ig_json_event ig_json_fail(struct ig_json *json, const char *at,
                                const char *problem);
/* A string that cannot stay as it is, from the byte at `special` on: decodes it up to
 * its closing quote; fills `size`, `escaped`, `coded`. `string` is set. False after
 * ig_json_fail. */
bool ig_json_decode_string(struct ig_json *json, char *special);
/* With `at` on a minus or digit: fills `string`, `size` and the values. Answers
 * INTEGER, NUMBER or ERROR. */
enum ig_json_event ig_json_read_number(struct ig_json *json);

#endif
