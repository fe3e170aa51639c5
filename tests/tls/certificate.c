/*
 * See certificate.h.
 */
#include <config.h>

#include "tls/certificate.h"

#include <check.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define HOUR_S 3600L

static void
add_name(X509_NAME *subject, const char *text)
{
	if (text != NULL)
		ck_assert_int_eq(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					 (const unsigned char *)text, -1, -1, 0),
			1);
}

static void
add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_ptr_nonnull(extension);
	ck_assert_int_eq(X509_add_ext(x509, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

struct certificate
certificate_make(const struct certificate_wish *wish)
{
	static long serial;
	struct certificate made = {.key = EVP_EC_gen("P-256"), .x509 = X509_new()};
	const struct certificate *issuer = wish->issuer == NULL ? &made : wish->issuer;

	ck_assert_ptr_nonnull(made.key);
	ck_assert_ptr_nonnull(made.x509);
	ck_assert_int_eq(X509_set_version(made.x509, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(made.x509), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(made.x509), -2 * HOUR_S);
	X509_gmtime_adj(X509_getm_notAfter(made.x509), wish->has_expired ? -HOUR_S : HOUR_S);
	ck_assert_int_eq(X509_set_pubkey(made.x509, made.key), 1);
	add_name(X509_get_subject_name(made.x509), wish->common_name);
	add_name(X509_get_subject_name(made.x509), wish->second_name);
	X509_set_issuer_name(made.x509, X509_get_subject_name(issuer->x509));
	add_extension(made.x509, NID_basic_constraints,
		wish->is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (wish->alternative_names != NULL)
		add_extension(made.x509, NID_subject_alt_name, wish->alternative_names);
	ck_assert_int_gt(X509_sign(made.x509, issuer->key, EVP_sha256()), 0);
	return made;
}

void
certificate_fini(struct certificate *certificate)
{
	EVP_PKEY_free(certificate->key);
	X509_free(certificate->x509);
	*certificate = (struct certificate){NULL, NULL};
}

static FILE *
create(const char *path)
{
	FILE *file = fopen(path, "w");

	ck_assert_msg(file != NULL, "%s cannot be written", path);
	return file;
}

void
certificate_write(
	const struct certificate *certificate, const char *certificate_path, const char *key_path)
{
	FILE *file;

	if (certificate_path != NULL) {
		file = create(certificate_path);
		ck_assert_int_eq(PEM_write_X509(file, certificate->x509), 1);
		ck_assert_int_eq(fclose(file), 0);
	}
	if (key_path != NULL) {
		file = create(key_path);
		ck_assert_int_eq(
			PEM_write_PrivateKey(file, certificate->key, NULL, NULL, 0, NULL, NULL), 1);
		ck_assert_int_eq(fclose(file), 0);
	}
}
