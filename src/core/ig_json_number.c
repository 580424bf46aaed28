/* The JSON reader's numbers: exact integers, doubles right to the last bit. strtod is
 * only ever shown "digits" "e" "exponent", without a decimal point, so the locale has
 * no say. May know: libc. */
#include "ig_json_parts.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX (INT64_C(1) << 53) /* every integer up to here is a double */
#define EXACT_POWER 22               /* 10^22 is the last exact power of ten */
#define MANTISSA_DIGITS 19           /* always fit uint64_t */
/* A double's neighbour is told by at most 767 digits; of those behind only it matters
 * whether all are zero. */
#define DIGITS_MAX 770

static const double powers[EXACT_POWER + 1] = {
  1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

/* A number taken apart; the digits stay in the text. */
struct parts {
  const char *digits, *digits_end; /* integer part, maybe a point, fraction */
  uint64_t mantissa;               /* of the first MANTISSA_DIGITS digits */
  int64_t count;                   /* digits, leading zeros not counted */
  int64_t exponent;                /* value = all digits as one integer * 10^exponent */
  bool negative, fraction;
};

static inline bool is_digit(const char *at, const char *end)
{
  return at < end && (unsigned)(unsigned char)*at - '0' < 10u;
}

static inline const char *read_digits(const char *at, const char *end,
                                      struct parts *parts)
{
  for (; is_digit(at, end); at++) {
    unsigned digit = (unsigned)(unsigned char)*at - '0';
    if (parts->count < MANTISSA_DIGITS)
      parts->mantissa = parts->mantissa * 10 + digit;
    parts->count += parts->count || digit;
  }
  return at;
}

/* The exponent behind the 'e', limited so far out that no digits can bring it back. */
static const char *read_exponent(const char *at, const char *end, int64_t *exponent)
{
  const int64_t limit = INT64_C(1000000000000000);
  bool negative = at < end && *at == '-';
  int64_t sum = 0;

  if (negative || (at < end && *at == '+'))
    at++;
  if (!is_digit(at, end))
    return NULL;
  for (; is_digit(at, end); at++)
    if (sum < limit)
      sum = sum * 10 + (*at - '0');
  *exponent += negative ? -sum : sum;
  return at;
}

/* By the text: what the short way cannot do. */
static double convert_text(const struct parts *parts)
{
  char text[DIGITS_MAX + 32];
  size_t size = 0;
  int64_t exponent = parts->exponent, left = parts->count;
  const char *at = parts->digits;
  bool rest = false;

  while (at < parts->digits_end && (*at == '0' || *at == '.'))
    at++;
  for (; at < parts->digits_end; at++) {
    if (*at == '.')
      continue;
    if (size < DIGITS_MAX) {
      text[size++] = *at;
      left--;
    } else if (*at != '0')
      rest = true;
  }
  exponent += left;
  if (rest) { /* stands for all the digits left out */
    text[size++] = '1';
    exponent--;
  }
  if (exponent > 99999)
    exponent = 99999;
  else if (exponent < -99999)
    exponent = -99999;
  snprintf(text + size, sizeof text - size, "e%d", (int)exponent);
  return strtod(text, NULL);
}

static double convert(const struct parts *parts)
{
  double value;

  if (parts->count == 0)
    value = 0;
  else if (FLT_EVAL_METHOD == 0 && parts->count <= MANTISSA_DIGITS &&
           parts->mantissa <= (uint64_t)EXACT_MAX && parts->exponent >= -EXACT_POWER &&
           parts->exponent <= EXACT_POWER) {
    /* both exact, so the one operation rounds once: the nearest double */
    value = (double)parts->mantissa;
    if (parts->exponent < 0)
      value /= powers[-parts->exponent];
    else
      value *= powers[parts->exponent];
  } else
    value = convert_text(parts);
  return parts->negative ? -value : value;
}

static enum ig_json_event number_fails(struct ig_json *json, const char *at)
{
  return ig_json_fail(json, at, at == json->end ? "the text ends inside a number"
                                                : "a digit expected");
}

static enum ig_json_event integer_over(struct ig_json *json, const struct parts *parts)
{
  json->exact = parts->count <= MANTISSA_DIGITS &&
                parts->mantissa <= (uint64_t)EXACT_MAX;
  if (json->exact) {
    json->integer = (int64_t)parts->mantissa;
    json->number = (double)parts->mantissa;
    if (parts->negative) {
      json->integer = -json->integer;
      json->number = -json->number;
    }
  } else {
    json->integer = 0;
    json->number = convert(parts);
  }
  return IG_JSON_INTEGER;
}

enum ig_json_event ig_json_read_number(struct ig_json *json)
{
  const char *start = json->at, *at = start, *end = json->end, *point;
  struct parts parts = { NULL, NULL, 0, 0, 0, false, false };
  bool exponent = false;

  parts.negative = *at == '-';
  at += parts.negative;
  parts.digits = at;
  if (!is_digit(at, end))
    return number_fails(json, at);
  if (*at == '0' && is_digit(at + 1, end))
    return ig_json_fail(json, at + 1, "a number with a leading zero");
  at = read_digits(at, end, &parts);
  if (at < end && *at == '.') {
    parts.fraction = true;
    point = at++;
    if (!is_digit(at, end))
      return number_fails(json, at);
    at = read_digits(at, end, &parts);
    parts.exponent = -(int64_t)(at - point - 1);
  }
  parts.digits_end = at;
  if (at < end && (*at | 0x20) == 'e') {
    const char *after = read_exponent(at + 1, end, &parts.exponent);
    if (!after) {
      at++;
      at += at < end && (*at == '+' || *at == '-');
      return number_fails(json, at);
    }
    exponent = true;
    at = after;
  }
  json->string = start;
  json->size = (size_t)(at - start);
  json->at += json->size;
  if (!parts.fraction && !exponent)
    return integer_over(json, &parts);
  json->exact = false;
  json->integer = 0;
  json->number = convert(&parts);
  if (isinf(json->number))
    return ig_json_fail(json, start, "a number too large for a double");
  return IG_JSON_NUMBER;
}
