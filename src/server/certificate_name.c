/*
 * Names are compared with rules, so that one which could be taken for two, or which the
 * rules cannot hold, is no name.
 */
#include <config.h>

#include "server/certificate_name.h"

#include <openssl/x509v3.h>
#include <stdbool.h>

#include "base/alloc.h"

#define CERTIFICATE_NAME_MAX 200 /* bytes, as of every name in the protocol */

/* Takes `text`, allocated by OpenSSL; NULL where it is no fit name. */
static char *
take_name(unsigned char *text, int len)
{
	bool is_fit = len > 0 && len <= CERTIFICATE_NAME_MAX;
	char *name;

	for (int i = 0; is_fit && i < len; i++)
		is_fit = text[i] >= ' ' && text[i] != 0x7f;
	name = is_fit ? xstrndup((const char *)text, (size_t)len) : NULL;
	OPENSSL_free(text);
	return name;
}

static char *
name_of_string(const ASN1_STRING *string)
{
	unsigned char *text = NULL;
	int len = ASN1_STRING_to_UTF8(&text, string);

	return len < 0 ? NULL : take_name(text, len);
}

/* The one common name of the subject; *ret_has_any: there is at least one. */
static char *
common_name(const X509 *certificate, bool *ret_has_any)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	*ret_has_any = at >= 0;
	/* Of two names either could be the one that a rule means. */
	if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return NULL;
	return name_of_string(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

static char *
alternative_name(const X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	char *found = NULL;

	for (int i = 0; found == NULL && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS || name->type == GEN_URI || name->type == GEN_EMAIL)
			found = name_of_string(name->d.ia5);
	}
	GENERAL_NAMES_free(names);
	return found;
}

char *
certificate_name(const X509 *certificate)
{
	bool has_common_name = false;
	char *name;

	if (certificate == NULL)
		return NULL;
	name = common_name(certificate, &has_common_name);
	return has_common_name ? name : alternative_name(certificate);
}
