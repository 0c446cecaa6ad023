/* task.c - see task.h. */
#include "clean/task.h"

#include "base/text.h"

#include <expat.h>
#include <string.h>

static const char module[] = "clean/task";

struct parse {
    XML_Parser parser;
    struct ym_arena *arena;
    struct ym_task *task;
    unsigned depth;
    unsigned actions, exec; /* depth of the open one, 0: none */
    bool is_task;           /* the root is a Task */
    const char **text;      /* where the open Command's or Arguments' text goes; NULL: none */
    char room[YM_TASK_TEXT_MAX];
    size_t n;
    ym_status status;
    const char *why;
};

static void stop(struct parse *x, ym_status st, const char *why) {
    if (x->status == YM_OK) {
        x->status = st;
        x->why = why;
        (void)XML_StopParser(x->parser, XML_FALSE);
    }
}

/* Without the name space that expat puts before it. */
static bool is_element(const char *name, const char *want) {
    const char *space = strrchr(name, ' ');

    return strcmp(space == NULL ? name : space + 1, want) == 0;
}

static void begin_action(struct parse *x) {
    struct ym_task *t = x->task;

    if (t->n == YM_TASK_ACTIONS_MAX) {
        stop(x, YM_LIMIT, "more actions than Windows takes");
        return;
    }
    t->actions[t->n++] = (struct ym_task_action){"", ""};
    x->exec = x->depth;
}

static void begin_text(struct parse *x, const char *name) {
    struct ym_task_action *action = &x->task->actions[x->task->n - 1];

    if (is_element(name, "Command")) {
        x->text = &action->command;
    } else if (is_element(name, "Arguments")) {
        x->text = &action->arguments;
    }
    x->n = 0;
}

static void XMLCALL on_start(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct parse *x = self;

    (void)attributes;
    if (++x->depth > YM_TASK_DEPTH_MAX) {
        stop(x, YM_LIMIT, "elements nested too deeply");
    } else if (x->depth == 1) {
        x->is_task = is_element(name, "Task");
    } else if (x->actions == 0 && x->depth == 2 && is_element(name, "Actions")) {
        x->actions = x->depth;
    } else if (x->actions != 0 && x->exec == 0 && is_element(name, "Exec")) {
        begin_action(x);
    } else if (x->exec != 0 && x->depth == x->exec + 1) {
        begin_text(x, name);
    }
}

static void XMLCALL on_text(void *self, const XML_Char *s, int n) {
    struct parse *x = self;

    if (x->text == NULL) {
        return;
    }
    if ((size_t)n > sizeof(x->room) - x->n) {
        stop(x, YM_LIMIT, "a command that is too long");
        return;
    }
    memcpy(x->room + x->n, s, (size_t)n);
    x->n += (size_t)n;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void end_text(struct parse *x) {
    const char *from = x->room;
    size_t n = x->n;
    const char *copy;

    while (n > 0 && is_space(from[0])) {
        from++;
        n--;
    }
    while (n > 0 && is_space(from[n - 1])) {
        n--;
    }
    copy = ym_arena_strndup(x->arena, from, n);
    if (copy == NULL) {
        stop(x, ym_arena_status(x->arena), "no memory for a command");
    } else {
        *x->text = copy;
    }
    x->text = NULL;
}

static void XMLCALL on_end(void *self, const XML_Char *name) {
    struct parse *x = self;

    (void)name;
    if (x->text != NULL && x->depth == x->exec + 1) {
        end_text(x);
    }
    x->exec = x->depth == x->exec ? 0 : x->exec;
    x->actions = x->depth == x->actions ? 0 : x->actions;
    x->depth--;
}

static void XMLCALL on_doctype(void *self, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_subset) {
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    stop(self, YM_MALFORMED, "a document type, which no task has");
}

/* After the parser is done or stopped. */
static ym_status result(const struct parse *x, bool parsed, struct ym_err *err) {
    const uint64_t line = XML_GetCurrentLineNumber(x->parser);

    if (x->status != YM_OK) {
        return ym_fail(err, x->status, module, YM_ERR_NO_OFFSET, "line %llu: %s",
                       (unsigned long long)line, x->why);
    }
    if (!parsed) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET, "line %llu: %s",
                       (unsigned long long)line, XML_ErrorString(XML_GetErrorCode(x->parser)));
    }
    return x->is_task ? YM_OK
                      : ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET, "XML, but not a task");
}

ym_status ym_task_parse(struct ym_reader whole, struct ym_arena *arena, struct ym_task *ret_task,
                        struct ym_err *err) {
    const uint64_t n = ym_reader_left(&whole);
    struct parse *x = YM_ARENA_NEW(arena, struct parse);
    const uint8_t *bytes = n > YM_TASK_FILE_MAX ? NULL : ym_get_view(&whole, n);
    ym_status st;

    memset(ret_task, 0, sizeof(*ret_task));
    if (n == 0) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET, "an empty file");
    }
    if (bytes == NULL) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "larger than a task may be");
    }
    if (x == NULL) {
        return ym_fail(err, ym_arena_status(arena), module, YM_ERR_NO_OFFSET, "no memory");
    }
    x->parser = XML_ParserCreateNS(NULL, ' ');
    if (x->parser == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "no memory");
    }
    x->arena = arena;
    x->task = ret_task;
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    st = result(x, XML_Parse(x->parser, (const char *)bytes, (int)n, 1) == XML_STATUS_OK, err);
    XML_ParserFree(x->parser);
    return st;
}
