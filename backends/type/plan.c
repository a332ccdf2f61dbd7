/* SPDX-License-Identifier: MIT */
/* See plan.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/layout.h"
#include "common/utf8.h"
#include "type/plan.h"

/* Half an hour of typing, at the usual delay. */
#define INPUT_MAX_BYTES (256u << 10)

#define POINT_MAX   65535
#define NOTCHES_MAX 1000

struct plan {
	struct script *script;
	const struct type_options *o;
	struct layout *layout; /* when there is text */
};

/* -------- reading -------- */

/* @return 0 or -EINVAL. */
static int number(const char **text, long max, int32_t *out)
{
	char *end;
	long n;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	errno = 0;
	n = strtol(*text, &end, 10);
	if (errno || n > max)
		return -EINVAL;
	*text = end;
	*out = (int32_t)n;
	return 0;
}

int point_parse(const char *text, int32_t *x, int32_t *y)
{
	if (number(&text, POINT_MAX, x) < 0 || *text++ != ',' || number(&text, POINT_MAX, y) < 0)
		return -EINVAL;
	return *text ? -EINVAL : 0;
}

/* -------- text -------- */

static int out_of_memory(void)
{
	fputs("xenav-type: There is no memory\n", stderr);
	return EX_OSERR;
}

static int load_layout(struct plan *plan)
{
	int rc;

	if (plan->layout)
		return 0;
	rc = layout_load(&plan->layout, plan->o->layout);
	if (rc == 0)
		return 0;
	if (rc == -ENOMEM)
		return out_of_memory();
	fprintf(stderr, "xenav-type: There is no keyboard layout '%s'\n", plan->o->layout);
	return EX_USAGE;
}

/* Characters that a terminal would not show are named by their number alone. */
static int cannot_type(const struct plan *plan, const char *text, int len, uint32_t c,
		       unsigned long line)
{
	fprintf(stderr, "xenav-type: Layout %s has no key for ", plan->o->layout);
	if (c > ' ' && (c < 0x7f || c >= 0xa0))
		fprintf(stderr, "'%.*s' ", len, text);
	fprintf(stderr, "U+%04X (line %lu): nothing is typed\n", (unsigned int)c, line);
	return EX_DATAERR;
}

static int add_text(struct plan *plan, const char *text)
{
	unsigned long line = 1;
	uint32_t c;
	int len, rc;

	rc = load_layout(plan);
	if (rc)
		return rc;
	for (; (len = utf8_next(text, &c)) > 0; text += len) {
		struct chord chords[LAYOUT_CHORDS];
		const unsigned int n = layout_find(plan->layout, c, chords);

		if (n == 0)
			return cannot_type(plan, text, len, c, line);
		for (unsigned int i = 0; i < n; i++)
			if (script_chord(plan->script, &chords[i], plan->o->delay_ms) < 0)
				return out_of_memory();
		line += c == '\n';
	}
	if (len == 0)
		return 0;
	fprintf(stderr, "xenav-type: The text is no UTF-8 (line %lu): nothing is typed\n", line);
	return EX_DATAERR;
}

static int add_input(struct plan *plan)
{
	char *text = malloc(INPUT_MAX_BYTES + 1);
	size_t n;
	int rc = EX_DATAERR;

	if (!text)
		return out_of_memory();
	n = fread(text, 1, INPUT_MAX_BYTES + 1, stdin);
	if (ferror(stdin)) {
		fprintf(stderr, "xenav-type: Cannot read standard input: %s\n", strerror(errno));
	} else if (n > INPUT_MAX_BYTES) {
		fprintf(stderr, "xenav-type: Standard input has more than %u KiB\n",
			INPUT_MAX_BYTES >> 10);
	} else if (memchr(text, 0, n)) {
		fputs("xenav-type: Standard input is no text: it has a zero byte\n", stderr);
	} else {
		text[n] = 0;
		rc = add_text(plan, text);
	}
	free(text);
	return rc;
}

/* -------- keys and the pointer -------- */

static int add_key(struct plan *plan, const char *arg)
{
	struct chord chord;
	char name[32];
	const int rc = chord_parse(&chord, arg, name, sizeof name);

	if (rc == -EINVAL)
		fprintf(stderr, "xenav-type: There is no key '%s' in '%s'\n", name, arg);
	else if (rc < 0)
		fprintf(stderr, "xenav-type: '%s' has more than %d keys\n", arg, CHORD_MAX);
	else
		return script_chord(plan->script, &chord, plan->o->delay_ms) < 0 ? out_of_memory()
										 : 0;
	return EX_USAGE;
}

static int add_point(struct plan *plan, const char *arg, bool is_click)
{
	const struct type_options *o = plan->o;
	int32_t x, y;
	int rc;

	if (point_parse(arg, &x, &y) < 0) {
		fprintf(stderr, "xenav-type: A position must be X,Y, not '%s'\n", arg);
		return EX_USAGE;
	}
	rc = script_move(plan->script, x, y, is_click ? 0 : o->delay_ms);
	if (rc == 0 && is_click)
		rc = script_click(plan->script, o->button, o->is_double ? 2 : 1, o->delay_ms);
	return rc < 0 ? out_of_memory() : 0;
}

static int add_wheel(struct plan *plan, const char *arg)
{
	const bool up = *arg == '-';
	const char *rest = arg + up;
	int32_t n;

	if (number(&rest, NOTCHES_MAX, &n) < 0 || *rest) {
		fprintf(stderr, "xenav-type: --wheel must be a number from -%d to %d, not '%s'\n",
			NOTCHES_MAX, NOTCHES_MAX, arg);
		return EX_USAGE;
	}
	return script_wheel(plan->script, up ? -n : n, plan->o->delay_ms) < 0 ? out_of_memory() : 0;
}

static int add(struct plan *plan, const struct action *action)
{
	switch (action->kind) {
	case ACTION_TEXT:
		return add_text(plan, action->arg);
	case ACTION_INPUT:
		return add_input(plan);
	case ACTION_KEY:
		return add_key(plan, action->arg);
	case ACTION_CLICK:
		return add_point(plan, action->arg, true);
	case ACTION_MOVE:
		return add_point(plan, action->arg, false);
	case ACTION_WHEEL:
		return add_wheel(plan, action->arg);
	}
	return 0;
}

int plan_make(struct script *script, const struct type_options *o)
{
	struct plan plan = {.script = script, .o = o};
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < o->n_actions; i++)
		rc = add(&plan, &o->actions[i]);
	layout_free(plan.layout);
	return rc;
}
