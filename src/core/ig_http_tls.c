/* HTTP room: what we ask of the TLS library below curl. It came along with curl and is
 * not linked by us: where it has no such thing, nothing is asked. */
#include "ig_http_curl.h"

#include <stdint.h>
#include <string.h>

#include "ig_os.h"

/* OpenSSL's SSL_OP_CLEANSE_PLAINTEXT, from 3.0 on: what was decrypted is wiped once it
 * was read, and the buffers of a connection before they are given back. An answer may
 * hold a token, and OpenSSL's memory is not ours. */
static const uint64_t CLEANSE_PLAINTEXT = (uint64_t)1 << 1;

typedef uint64_t set_options_function(void *context, uint64_t options);

static set_options_function *set_options;

void ig_http_tls_start(void)
{
  static const char wanted[] = "OpenSSL/";
  const char *name = curl_version_info(CURLVERSION_NOW)->ssl_version;
  void *symbol;

  if (!name || strncmp(name, wanted, sizeof wanted - 1) != 0 ||
      name[sizeof wanted - 1] < '3')
    return;
  symbol = ig_os_symbol("SSL_CTX_set_options");
  memcpy(&set_options, &symbol, sizeof set_options);
}

static CURLcode on_tls_context(CURL *easy, void *context, void *arg)
{
  (void)easy, (void)arg;
  set_options(context, CLEANSE_PLAINTEXT);
  return CURLE_OK;
}

void ig_http_tls_cleanse(CURL *easy)
{
  if (set_options)
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
}
