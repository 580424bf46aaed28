/* Certificates for connections. One lock: the acceptor expects, libmicrohttpd's thread
 * greets, a caller's thread may ask for the authority. */
#define _POSIX_C_SOURCE 200809L
#include "tls.h"

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "authority.h"

#define NAMES \
  "api.instagram.com,graph.instagram.com,www.instagram.com,*.cdninstagram.com," \
  "localhost,127.0.0.1,::1,"
#define LONG_AGO ((time_t)978307200) /* 1 January 2001 */

struct expected {
  struct expected *next;
  int fd;
  enum igs_handshake kind;
};

struct igs_tls {
  pthread_mutex_t lock;
  struct igs_buf names;
  char *keep;
  struct igs_certificate authority;
  struct igs_buf certificate, key; /* the good ones, PEM */
  gnutls_certificate_credentials_t bad[IGS_SHAKE_KINDS];
  struct expected *expected;
};

static bool copy_options(struct igs_tls *tls, const struct igs_tls_options *options)
{
  const char *names = options->names ? options->names : "";

  if (options->keep) {
    tls->keep = strdup(options->keep);
    if (!tls->keep)
      return false;
  }
  return igs_buf_add(&tls->names, NAMES, sizeof NAMES - 1)
         && igs_buf_add(&tls->names, names, strlen(names));
}

struct igs_tls *igs_tls_new(const struct igs_tls_options *options,
                            struct igs_buf *problem)
{
  struct igs_tls *tls = calloc(1, sizeof *tls);

  if (tls)
    pthread_mutex_init(&tls->lock, NULL);
  if (!tls || !copy_options(tls, options))
    igs_buf_print(problem, "no memory");
  else if (!tls->keep || igs_authority_load(&tls->authority, tls->keep, problem))
    return tls;
  igs_tls_free(tls);
  return NULL;
}

void igs_tls_free(struct igs_tls *tls)
{
  int kind;

  if (!tls)
    return;
  while (tls->expected)
    igs_tls_forget(tls, tls->expected->fd);
  for (kind = 0; kind < IGS_SHAKE_KINDS; kind++)
    if (tls->bad[kind])
      gnutls_certificate_free_credentials(tls->bad[kind]);
  igs_certificate_free(&tls->authority);
  if (tls->key.data)
    gnutls_memset(tls->key.data, 0, tls->key.size);
  igs_buf_free(&tls->key);
  igs_buf_free(&tls->certificate);
  igs_buf_free(&tls->names);
  pthread_mutex_destroy(&tls->lock);
  free(tls->keep);
  free(tls);
}

const char *igs_tls_names(const struct igs_tls *tls)
{
  return tls->names.data;
}

static bool need_authority(struct igs_tls *tls, struct igs_buf *problem)
{
  if (tls->authority.crt)
    return true;
  if (!igs_authority_make(&tls->authority, problem))
    return false;
  if (!tls->keep || igs_authority_save(&tls->authority, tls->keep, problem))
    return true;
  igs_certificate_free(&tls->authority);
  return false;
}

bool igs_tls_ca(struct igs_tls *tls, struct igs_buf *answer)
{
  struct igs_buf pem = { NULL, 0, 0 };
  bool ok;

  pthread_mutex_lock(&tls->lock);
  ok = need_authority(tls, answer)
       && igs_certificate_pem(&tls->authority, &pem, answer);
  pthread_mutex_unlock(&tls->lock);
  if (ok) {
    igs_buf_free(answer);
    *answer = pem;
  } else {
    igs_buf_free(&pem);
  }
  return ok;
}

static bool make_server(struct igs_tls *tls, struct igs_buf *problem)
{
  struct igs_leaf leaf = { tls->names.data, igs_authority_end() };
  struct igs_certificate made;
  bool ok;

  if (tls->key.size)
    return true;
  if (!need_authority(tls, problem)
      || !igs_authority_issue(&tls->authority, &leaf, &made, problem))
    return false;
  tls->certificate.size = 0;
  ok = igs_certificate_pem(&made, &tls->certificate, problem)
       && igs_certificate_key_pem(&made, &tls->key, problem);
  igs_certificate_free(&made);
  return ok;
}

bool igs_tls_server(struct igs_tls *tls, const char **certificate, const char **key,
                    struct igs_buf *problem)
{
  bool ok;

  pthread_mutex_lock(&tls->lock);
  ok = make_server(tls, problem);
  pthread_mutex_unlock(&tls->lock);
  *certificate = tls->certificate.data;
  *key = tls->key.data;
  return ok;
}

/* What is wrong with it is all that is. */
static bool issue_bad(struct igs_tls *tls, enum igs_handshake kind,
                      struct igs_certificate *made, struct igs_buf *problem)
{
  struct igs_leaf leaf = { tls->names.data, igs_authority_end() };
  struct igs_certificate other;
  bool ok;

  if (kind == IGS_SHAKE_EXPIRED)
    leaf.until = LONG_AGO;
  if (kind == IGS_SHAKE_WRONG_HOST)
    leaf.names = "wrong-host.invalid";
  if (kind != IGS_SHAKE_UNTRUSTED)
    return igs_authority_issue(&tls->authority, &leaf, made, problem);
  if (!igs_authority_make(&other, problem))
    return false;
  ok = igs_authority_issue(&other, &leaf, made, problem);
  igs_certificate_free(&other);
  return ok;
}

static bool make_bad(struct igs_tls *tls, enum igs_handshake kind,
                     struct igs_buf *problem)
{
  gnutls_certificate_credentials_t credentials = NULL;
  struct igs_certificate made;
  int code;

  if (tls->bad[kind])
    return true;
  if (!need_authority(tls, problem) || !issue_bad(tls, kind, &made, problem))
    return false;
  code = gnutls_certificate_allocate_credentials(&credentials);
  if (code >= 0)
    code = gnutls_certificate_set_x509_key(credentials, &made.crt, 1, made.key);
  igs_certificate_free(&made);
  if (code >= 0) {
    tls->bad[kind] = credentials;
    return true;
  }
  igs_buf_print(problem, "a bad certificate: %s", gnutls_strerror(code));
  if (credentials)
    gnutls_certificate_free_credentials(credentials);
  return false;
}

bool igs_tls_expect(struct igs_tls *tls, int fd, enum igs_handshake kind,
                    struct igs_buf *problem)
{
  struct expected *expected;
  bool ok;

  igs_tls_forget(tls, fd); /* whoever had the number before and did not come */
  if (kind < IGS_SHAKE_EXPIRED)
    return true;
  expected = malloc(sizeof *expected);
  if (!expected) {
    igs_buf_print(problem, "no memory");
    return false;
  }
  expected->fd = fd;
  expected->kind = kind;
  pthread_mutex_lock(&tls->lock);
  ok = make_bad(tls, kind, problem);
  if (ok) {
    expected->next = tls->expected;
    tls->expected = expected;
  }
  pthread_mutex_unlock(&tls->lock);
  if (!ok)
    free(expected);
  return ok;
}

static enum igs_handshake take_expected(struct igs_tls *tls, int fd)
{
  enum igs_handshake kind = IGS_SHAKE_FINE;
  struct expected **link = &tls->expected, *found;

  pthread_mutex_lock(&tls->lock);
  while (*link && (*link)->fd != fd)
    link = &(*link)->next;
  found = *link;
  if (found) {
    *link = found->next;
    kind = found->kind;
    free(found);
  }
  pthread_mutex_unlock(&tls->lock);
  return kind;
}

void igs_tls_forget(struct igs_tls *tls, int fd)
{
  take_expected(tls, fd);
}

void igs_tls_greet(struct igs_tls *tls, int fd, void *session)
{
  static unsigned char name[] = "http/1.1";
  gnutls_datum_t protocol = { name, sizeof name - 1 };
  enum igs_handshake kind = take_expected(tls, fd);

  gnutls_alpn_set_protocols(session, &protocol, 1, 0);
  if (kind != IGS_SHAKE_FINE)
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->bad[kind]);
}
