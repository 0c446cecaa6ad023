/* rules_cure.c - what to do about what the compiler says, and what a string costs, in words.
 *
 * The compiler words causes; cures are looked up here by a part of the cause, so that the compiler need
 * not know who reads them. */
#include "rules.h"

#include <string.h>

static const struct {
    const char *cause; /* a part of it */
    const char *cure;  /* %s: the name in quotes */
} cures[] = {
    {"where rule, import or include should be",
     "is a \"}\" missing, or one too many, before this?"},
    {"where the name of the rule should be",
     "a name has letters, digits and _, and is no reserved word"},
    {"where condition should be",
     "sections come in the order meta, strings, condition; a condition is needed"},
    {"where an operator or \"}\" should be", "is an \"and\" or \"or\" missing here?"},
    {"the file ends where", "is a \"}\" or a bracket missing?"},
    {"(its module is not imported)", "write import \"%s\" at the top of the file"},
    {"undefined identifier",
     "if it is an external variable: -D %s=VALUE; if it is a rule, define it before this one"},
    {"unknown module", "known are console, cuckoo, dex, dotnet, elf, hash, lnk, macho, magic, "
                       "math, pe, string, time"},
    {"undefined string", "define it in \"strings:\", or correct its name"},
    {"is not used in the condition", "use it, take it out, or begin its name with _"},
    {"stands for the current string only in for..of", "name the string"},
    {"matched by a wildcard that was used before",
     "rename the rule, or move it before the one that uses the wildcard"},
    {"is defined twice", "rename one of them"},
    {"is given twice", "take one of them out"},
    {"was left out", "mend that rule first"},
    {"do not go together", "use one of them, or two strings"},
    {"illegal escape sequence",
     "known are \\\" \\\\ \\t \\n \\r \\xHH; write \\\\ for a backslash"},
    {"does not end on its line", "close it; a quote inside is written \\\", a slash \\/"},
    {"comment does not end", "close it with */"},
    {"hex string:",
     "two digits or ? a byte, [n-m] for gaps, (a | b) for alternatives; no gap at its ends"},
    {"outside a text", "only texts and comments hold such characters"},
    {"backreferences are not allowed", "write out what is repeated"},
    {"greedy and ungreedy", "use one kind: x+ y* or x+? y*?"},
    {"regular expression:",
     "YARA's expressions have no look-around, no named groups, no POSIX classes"},
    {"empty string", "give it bytes, or take it out"},
    {"wrong type", "compare numbers with numbers and texts with texts"},
    {"invalid field name", "see the manual of the module for its fields"},
    {"wrong arguments for function", "see the manual of the module for its arguments"},
    {"too large: integers", "integers have 64 bits with sign"},
    {"cannot include", "includes lie in the folder of the file, or beneath it"},
    {"includes itself", "take the include out"},
    {"lower bound of a range exceeds", "write the smaller number first"},
    {"percentage must lie", "write a number from 1 to 100"},
    {"not supported yet", "leave the rule out (--skip-bad of `yamori db build`)"},
    {"\"entrypoint\" is deprecated", "use pe.entry_point or elf.entry_point"},
    {"more asked for than the set has", "lower the number, or use \"all of\""},
    {"says the same as 0", "write none of ..."},
    {"a text used as a condition", "compare it with something, or is a $ missing?"},
    {"a set of one string", "write the string's name as the condition"},
    {"as many as the set has", "write all of ..."},
    {"the number read lies between", "is the number wider than the integer that is read?"},
    {"the number lies between", "is the limit out of reach of what is added up?"},
    {"this comparison is", "take it out, or correct the number"},
    {"this constant", "take it out"},
    {"no file has a size", "correct one of the sizes"},
    {"the condition is always true",
     "use the rule's strings, or `filesize` and modules, to narrow it"},
    {"the condition is never true", "correct what makes it so"},
    {"is not used by another rule", "take it out, or take \"private\" away"},
    {"is imported and not used", "take the import out"},
    {"is the same as", "take one of them out"},
    {"\"nocase\" changes nothing", "take \"nocase\" out"},
    {"which \"wide\" does not make UTF-16", "write the bytes of the UTF-16 text as a hex string"},
    {"characters beyond ASCII", "write them as \\xHH"},
    {"an unknown escape", "take the backslash out"},
};

/* Why a string is weak or slow. */
enum reason { NOTHING, AUTOMATON, EVERYWHERE, WIDE, SHORT, NEIGHBOURS, COMMON, N_REASONS };

static const struct {
    const char *why, *cure;
} reasons[N_REASONS] = {
    [AUTOMATON] = {"its automaton is large", "bound its repetitions, or split it into two strings"},
    [EVERYWHERE] = {"it has no bytes to look for: it is tried at every position",
                    "give it, or every branch of it, three or more fixed bytes in a row"},
    [WIDE] = {"the bytes that it is looked for by may stand at many places of it",
              "narrow the gap before them, or fix bytes nearer to the start"},
    [SHORT] = {"it is short, and so met by chance",
               "make it longer: from five bytes on it costs little"},
    [NEIGHBOURS] = {"it has no rare fixed bytes in a row: it is looked for by two neighbours",
                    "give it three or more fixed bytes in a row that are no zeros or spaces"},
    [COMMON] = {"the bytes that it is looked for by are common in files",
                "add rarer bytes in a row: not zeros, spaces or frequent words"},
};

/* The first name in double quotes. */
static int quoted(const char *text, const char **ret_name) {
    const char *from = strchr(text, '"');
    const char *to = from == NULL ? NULL : strchr(from + 1, '"');

    *ret_name = from == NULL ? "NAME" : from + 1;
    return to == NULL ? (int)strlen(*ret_name) : (int)(to - *ret_name);
}

static void add_reason_cure(const char *text, struct ym_buf *out) {
    for (unsigned i = 1; i < N_REASONS; i++) {
        if (strstr(text, reasons[i].why) != NULL) {
            ym_buf_add_text(out, reasons[i].cure);
            return;
        }
    }
}

void ym_rules_cure(const char *text, struct ym_buf *out) {
    const char *name;
    const char *mark;
    int length = quoted(text, &name);
    size_t i = 0;

    while (i < sizeof(cures) / sizeof(cures[0]) && strstr(text, cures[i].cause) == NULL) {
        i++;
    }
    if (i == sizeof(cures) / sizeof(cures[0])) {
        add_reason_cure(text, out);
        return;
    }
    mark = strstr(cures[i].cure, "%s");
    if (mark == NULL) {
        ym_buf_add_text(out, cures[i].cure);
        return;
    }
    ym_buf_add(out, cures[i].cure, (size_t)(mark - cures[i].cure));
    ym_buf_printf(out, "%.*s%s", length, name, mark + 2);
}

/* ---- What strings cost ----------------------------------------------------------------------- */

/* Places tried in each MB: a scan takes about a millisecond for that MB, and a place some tens of
 * nanoseconds. */
static const double SLOW = 500;
static const double WEAK = 50;

enum { MANY_STATES = 5000 };

const char *ym_rules_verdict_word(ym_rules_verdict v) {
    static const char *const words[] = {
        [YM_RULES_GOOD] = "good", [YM_RULES_WEAK] = "weak", [YM_RULES_SLOW] = "slow"};

    return words[v];
}

static enum reason reason_of(const struct ym_plan_pattern *p) {
    if (p->how == YM_PLAN_ANCHORED || p->how == YM_PLAN_SOUGHT) {
        return NOTHING;
    }
    if (p->how == YM_PLAN_EVERYWHERE) {
        return EVERYWHERE;
    }
    if (p->starts < WEAK) {
        return p->forward_states + p->backward_states > MANY_STATES ? AUTOMATON : NOTHING;
    }
    if (p->starts > 8 * p->per_mb) {
        return WIDE;
    }
    if (p->min_length < 4) {
        return SHORT;
    }
    return p->n_atoms > 0 && p->atoms[0].n == 0 ? NEIGHBOURS : COMMON;
}

struct ym_rules_judgement ym_rules_judge(const struct ym_plan_pattern *p) {
    const enum reason reason = reason_of(p);
    const bool slow = reason == EVERYWHERE || (reason > AUTOMATON && p->starts >= SLOW);

    return (struct ym_rules_judgement){reason == NOTHING ? YM_RULES_GOOD
                                       : slow            ? YM_RULES_SLOW
                                                         : YM_RULES_WEAK,
                                       reasons[reason].why, reasons[reason].cure};
}
