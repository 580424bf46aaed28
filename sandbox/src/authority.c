/* Certificates by GnuTLS: ECDSA on P-256, as every TLS library takes them. */
#define _POSIX_C_SOURCE 200809L
#include "authority.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy.h"

#define BEGIN ((time_t)946684800) /* 1 January 2000 */
#define NAMES_MAX 256

time_t igs_authority_end(void)
{
  /* the last second of 2049, or of a time_t of 32 bits */
  return sizeof(time_t) > 4 ? (time_t)2524607999 : (time_t)INT32_MAX;
}

static bool check(int code, const char *what, struct igs_buf *problem)
{
  if (code >= 0)
    return true;
  igs_buf_print(problem, "%s: %s", what, gnutls_strerror(code));
  return false;
}

void igs_certificate_free(struct igs_certificate *certificate)
{
  if (certificate->crt)
    gnutls_x509_crt_deinit(certificate->crt);
  if (certificate->key)
    gnutls_x509_privkey_deinit(certificate->key);
  memset(certificate, 0, sizeof *certificate);
}

static int make_empty(struct igs_certificate *made)
{
  int code;

  memset(made, 0, sizeof *made);
  code = gnutls_x509_crt_init(&made->crt);
  return code < 0 ? code : gnutls_x509_privkey_init(&made->key);
}

static int set_serial(gnutls_x509_crt_t crt)
{
  unsigned char serial[16];
  int code = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);

  if (code < 0)
    return code;
  serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40); /* positive, never short */
  return gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
}

static int set_key(struct igs_certificate *made)
{
  unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
  unsigned char id[20];
  size_t size = sizeof id;
  int code = gnutls_x509_privkey_generate(made->key, GNUTLS_PK_ECDSA, bits, 0);

  if (code >= 0)
    code = gnutls_x509_crt_set_key(made->crt, made->key);
  if (code >= 0)
    code = gnutls_x509_crt_get_key_id(made->crt, GNUTLS_KEYID_USE_SHA1, id, &size);
  return code < 0 ? code : gnutls_x509_crt_set_subject_key_id(made->crt, id, size);
}

/* What all certificates have. */
static int fill(struct igs_certificate *made, time_t until)
{
  int code = set_key(made);

  if (code >= 0)
    code = gnutls_x509_crt_set_version(made->crt, 3);
  if (code >= 0)
    code = set_serial(made->crt);
  if (code >= 0)
    code = gnutls_x509_crt_set_activation_time(made->crt, BEGIN);
  return code < 0 ? code : gnutls_x509_crt_set_expiration_time(made->crt, until);
}

static int set_name(gnutls_x509_crt_t crt, const char *oid, const char *text)
{
  return gnutls_x509_crt_set_dn_by_oid(crt, oid, 0, text, (unsigned)strlen(text));
}

/* Part of the name: clients that trust several sandboxes can tell them apart. */
static int name_authority(gnutls_x509_crt_t crt)
{
  unsigned char id[20];
  size_t size = sizeof id;
  char name[64];
  int code = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA1, id, &size);

  if (code < 0)
    return code;
  snprintf(name, sizeof name, "Sandbox CA %02x%02x%02x%02x", id[0], id[1], id[2],
           id[3]);
  code = set_name(crt, GNUTLS_OID_X520_ORGANIZATION_NAME, "local tests, not Instagram");
  return code < 0 ? code : set_name(crt, GNUTLS_OID_X520_COMMON_NAME, name);
}

bool igs_authority_make(struct igs_certificate *made, struct igs_buf *problem)
{
  unsigned usage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN;
  int code = make_empty(made);

  if (code >= 0)
    code = fill(made, igs_authority_end());
  if (code >= 0)
    code = name_authority(made->crt);
  if (code >= 0)
    code = gnutls_x509_crt_set_basic_constraints(made->crt, 1, 0);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_usage(made->crt, usage);
  if (code >= 0)
    code = gnutls_x509_crt_sign2(made->crt, made->crt, made->key, GNUTLS_DIG_SHA256, 0);
  if (check(code, "the authority's certificate", problem))
    return true;
  igs_certificate_free(made);
  return false;
}

static int add_name(gnutls_x509_crt_t crt, const char *name)
{
  unsigned char address[16];

  if (inet_pton(AF_INET, name, address) == 1)
    return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, 4,
                                                GNUTLS_FSAN_APPEND);
  if (inet_pton(AF_INET6, name, address) == 1)
    return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, 16,
                                                GNUTLS_FSAN_APPEND);
  return gnutls_x509_crt_set_subject_alt_name(
    crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name), GNUTLS_FSAN_APPEND);
}

static int add_names(gnutls_x509_crt_t crt, const char *names)
{
  char name[NAMES_MAX];
  int code = 0;

  while (*names && code >= 0) {
    size_t size = strcspn(names, ",");

    if (size && size < sizeof name) {
      memcpy(name, names, size);
      name[size] = '\0';
      if (!igs_proxy_lists(names + size, name)) /* the last of the same */
        code = add_name(crt, name);
    }
    names += size;
    names += *names == ',';
  }
  return code;
}

static int identify_issuer(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
  unsigned char id[20];
  size_t size = sizeof id;
  int code = gnutls_x509_crt_get_subject_key_id(issuer, id, &size, NULL);

  return code < 0 ? code : gnutls_x509_crt_set_authority_key_id(crt, id, size);
}

/* A server's, and nothing else. */
static int fill_leaf(gnutls_x509_crt_t crt, const struct igs_leaf *leaf)
{
  int code = set_name(crt, GNUTLS_OID_X520_COMMON_NAME, "Instagram sandbox");

  if (code >= 0)
    code = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
  return code < 0 ? code : add_names(crt, leaf->names);
}

bool igs_authority_issue(const struct igs_certificate *authority,
                         const struct igs_leaf *leaf, struct igs_certificate *made,
                         struct igs_buf *problem)
{
  int code = make_empty(made);

  if (code >= 0)
    code = fill(made, leaf->until);
  if (code >= 0)
    code = fill_leaf(made->crt, leaf);
  if (code >= 0)
    code = identify_issuer(made->crt, authority->crt);
  if (code >= 0)
    code = gnutls_x509_crt_sign2(made->crt, authority->crt, authority->key,
                                 GNUTLS_DIG_SHA256, 0);
  if (check(code, "a server certificate", problem))
    return true;
  igs_certificate_free(made);
  return false;
}

static bool add_pem(int code, gnutls_datum_t *text, struct igs_buf *pem,
                    struct igs_buf *problem)
{
  bool ok = check(code, "PEM", problem);

  if (ok && !igs_buf_add(pem, text->data, text->size)) {
    igs_buf_print(problem, "no memory for a certificate");
    ok = false;
  }
  gnutls_memset(text->data, 0, text->size);
  gnutls_free(text->data);
  return ok;
}

bool igs_certificate_pem(const struct igs_certificate *certificate, struct igs_buf *pem,
                         struct igs_buf *problem)
{
  gnutls_datum_t text = { NULL, 0 };
  int code = gnutls_x509_crt_export2(certificate->crt, GNUTLS_X509_FMT_PEM, &text);

  return add_pem(code, &text, pem, problem);
}

bool igs_certificate_key_pem(const struct igs_certificate *certificate,
                             struct igs_buf *pem, struct igs_buf *problem)
{
  gnutls_datum_t text = { NULL, 0 };
  int code = gnutls_x509_privkey_export2_pkcs8(certificate->key, GNUTLS_X509_FMT_PEM,
                                               NULL, GNUTLS_PKCS_PLAIN, &text);

  return add_pem(code, &text, pem, problem);
}

bool igs_authority_save(const struct igs_certificate *authority, const char *path,
                        struct igs_buf *problem)
{
  struct igs_buf pem = { NULL, 0, 0 };
  bool ok = igs_certificate_pem(authority, &pem, problem)
            && igs_certificate_key_pem(authority, &pem, problem)
            && igs_file_replace(path, &pem, 0600, problem);

  if (pem.data)
    gnutls_memset(pem.data, 0, pem.size);
  igs_buf_free(&pem);
  return ok;
}

static int read_both(struct igs_certificate *authority, const gnutls_datum_t *text)
{
  int code = make_empty(authority);

  if (code >= 0)
    code = gnutls_x509_crt_import(authority->crt, text, GNUTLS_X509_FMT_PEM);
  if (code >= 0)
    code = gnutls_x509_privkey_import2(authority->key, text, GNUTLS_X509_FMT_PEM, NULL,
                                       0);
  return code;
}

bool igs_authority_load(struct igs_certificate *authority, const char *path,
                        struct igs_buf *problem)
{
  gnutls_datum_t text = { NULL, 0 };
  int code;

  memset(authority, 0, sizeof *authority);
  errno = 0;
  code = gnutls_load_file(path, &text);
  if (code < 0) {
    if (errno == ENOENT)
      return true;
    igs_buf_print(problem, "%s: %s", path,
                  errno ? strerror(errno) : gnutls_strerror(code));
    return false;
  }
  code = read_both(authority, &text);
  gnutls_memset(text.data, 0, text.size);
  gnutls_free(text.data);
  if (code >= 0)
    return true;
  igs_certificate_free(authority);
  igs_buf_print(problem, "%s: no certificate and key of a sandbox: %s", path,
                gnutls_strerror(code));
  return false;
}
