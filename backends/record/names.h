/* SPDX-License-Identifier: MIT */
/*
 * Names of files, made from what guests say.  Pure.
 */
#ifndef XENAV_RECORD_NAMES_H
#define XENAV_RECORD_NAMES_H

/* Room for any name made here. */
#define NAME_SIZE 256

/*
 * kind-domain-unique_id, with everything outside [A-Za-z0-9._-] replaced by '_'.  An empty part
 * becomes '_', and so does a '.' at its start.  Long parts are cut.
 */
void name_base(char out[NAME_SIZE], const char *kind, const char *domain, const char *unique_id);

/* base.ext for n = 1, base-n.ext for others. */
void name_numbered(char out[NAME_SIZE], const char *base, unsigned int n, const char *ext);

/* base-NNNNNN.ext */
void name_frame(char out[NAME_SIZE], const char *base, unsigned long long n, const char *ext);

#endif
