#include "io/file.h"

#include "io/memory.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static char folder[] = "file_test.XXXXXX";

static const char *in_folder(const char *name)
{
    char *path = arena_take(&arena, sizeof folder + 1 + strlen(name));
    memcpy(path, folder, sizeof folder - 1);
    path[sizeof folder - 1] = '/';
    strcpy(path + sizeof folder, name);
    return path;
}

static void assert_complaint(const struct complaint *c, const char *path, const char *text)
{
    char got[600], want[600];
    complaint_print(got, sizeof got, c);
    snprintf(want, sizeof want, "%s: %s", path, text);
    assert_string_equal(got, want);
}

/* What is written is what is read, and the limit is exact. */
static void there_and_back(void **state)
{
    (void)state;
    const char *path = in_folder("data");
    static u8 content[200000];
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (u8)(i * 7 ^ i >> 8);
    static const size_t row[] = {0, 1, 65535, 65536, 65537, 200000, 3};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct complaint c = {0};
        struct bytes back;
        assert_int_equal(file_write(&c, path, bytes_of(content, row[i])), OK);
        assert_int_equal(file_read(&arena, &back, &c, path, row[i]), OK);
        assert_int_equal(back.len, row[i]);
        assert_memory_equal(back.ptr, content, row[i]);
        assert_int_equal(back.ptr[back.len], 0);
        if (row[i] == 0)
            continue;
        assert_int_equal(file_read(&arena, &back, &c, path, row[i] - 1), REJECT_TOO_LONG);
        char text[64];
        snprintf(text, sizeof text, "larger than the limit of %zu bytes", row[i] - 1);
        assert_complaint(&c, path, text);
    }
    struct file_list list;
    struct complaint c = {0};
    assert_int_equal(file_list(&arena, &list, &c, folder, ""), OK);
    assert_int_equal(list.count, 1); /* nothing temporary is left */
    assert_int_equal(unlink(path), 0);
}

/* What has no size of its own is read to its end, bounded too. */
static void pipes(void **state)
{
    (void)state;
    static const struct {
        size_t len, limit;
        enum err want;
    } row[] = {{0, 0, OK}, {5, 5, OK}, {5, 4, REJECT_TOO_LONG}, {60000, 60000, OK}, {60000, 59999, REJECT_TOO_LONG}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        int end[2];
        static u8 content[60000];
        char path[32];
        assert_int_equal(pipe(end), 0);
        assert_int_equal(write(end[1], content, row[i].len), row[i].len);
        close(end[1]);
        snprintf(path, sizeof path, "/dev/fd/%d", end[0]);
        struct complaint c = {0};
        struct bytes out;
        assert_int_equal(file_read(&arena, &out, &c, path, row[i].limit), row[i].want);
        if (row[i].want == OK)
            assert_int_equal(out.len, row[i].len);
        close(end[0]);
    }
    struct complaint c = {0};
    struct bytes out;
    assert_int_equal(file_read(&arena, &out, &c, "/dev/zero", 1000000), REJECT_TOO_LONG);
}

static void refused(void **state)
{
    (void)state;
    struct bytes out;
    struct complaint c = {0};
    const char *path = in_folder("absent");
    assert_int_equal(file_read(&arena, &out, &c, path, 10), REJECT_PATH);
    assert_complaint(&c, path, "cannot open: No such file or directory");
    c = (struct complaint){0};
    assert_int_equal(file_read(&arena, &out, &c, folder, 10), REJECT_PATH);
    assert_complaint(&c, folder, "cannot read: Is a directory");
    c = (struct complaint){0};
    path = in_folder("absent/file");
    assert_int_equal(file_write(&c, path, BYTES_LITERAL("x")), REJECT_PATH);
    assert_complaint(&c, path, "cannot create: No such file or directory");
    c = (struct complaint){0};
    path = in_folder("full"); /* a folder is in the way: it stays, and nothing else does */
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(file_write(&c, path, BYTES_LITERAL("x")), REJECT_PATH);
    assert_complaint(&c, path, "cannot write: Is a directory");
    struct file_list list;
    assert_int_equal(file_list(&arena, &list, &c, folder, ""), OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(rmdir(path), 0);
    c = (struct complaint){0};
    assert_int_equal(file_list(&arena, &list, &c, in_folder("absent"), ""), REJECT_PATH);
    assert_complaint(&c, in_folder("absent"), "cannot open: No such file or directory");
}

/* Before a run: what file_write and mkdir would say, and nothing is made. */
static void may_write(void **state)
{
    (void)state;
    static const struct { const char *path; enum err file, folder; } row[] = {
        {"new", OK, OK},           {"new/", OK, OK},
        {"absent/new", REJECT_PATH, REJECT_PATH}, {".", REJECT_PATH, OK},
        {"/dev/null", OK, REJECT_PATH},           {"/dev/null/x", REJECT_PATH, REJECT_PATH},
        {"/", REJECT_PATH, OK},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct complaint c = {0}, d = {0};
        const char *path = row[i].path[0] == '/' ? row[i].path : in_folder(row[i].path);
        assert_int_equal(file_may_write(&c, path), row[i].file);
        assert_int_equal(folder_may_write(&d, path), row[i].folder);
        assert_true(c.raised == (row[i].file != OK) && d.raised == (row[i].folder != OK));
    }
    assert_int_equal(rmdir(in_folder("new")), -1);
    /* a device is written, and not replaced by a file */
    struct complaint c = {0};
    struct stat st;
    assert_int_equal(file_write(&c, "/dev/null", BYTES_LITERAL("x")), OK);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

/* All regular files with the suffix, sorted, and links to them, but nothing behind links to folders. */
static void lists(void **state)
{
    (void)state;
    static const char *const made[] = {"b.json",    "a.txt",           "sub/",   "sub/c.json", "sub/a.json",
                                       "sub/deep/", "sub/deep/z.json", "a.json/"};
    struct complaint c = {0};
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        const char *path = in_folder(made[i]);
        if (path[strlen(path) - 1] == '/')
            assert_int_equal(mkdir(path, 0755), 0);
        else
            assert_int_equal(file_write(&c, path, BYTES_LITERAL("{}")), OK);
    }
    assert_int_equal(symlink("..", in_folder("sub/up")), 0);
    assert_int_equal(symlink("../b.json", in_folder("sub/link.json")), 0);
    assert_int_equal(symlink("nowhere", in_folder("sub/broken.json")), 0);
    static const char *const want[] = {"b.json", "sub/a.json", "sub/c.json", "sub/deep/z.json", "sub/link.json"};
    struct file_list list;
    assert_int_equal(file_list(&arena, &list, &c, folder, ".json"), OK);
    assert_int_equal(list.count, COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++)
        assert_string_equal(list.path[i], in_folder(want[i]));
    assert_int_equal(file_list(&arena, &list, &c, in_folder("a.txt"), ".json"), OK);
    assert_int_equal(list.count, 1); /* a file that was named */
    unlink(in_folder("sub/up"));
    unlink(in_folder("sub/link.json"));
    unlink(in_folder("sub/broken.json"));
    for (size_t i = COUNT_OF(made); i-- > 0;)
        assert_int_equal(remove(in_folder(made[i])), 0);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(pipes),
        cmocka_unit_test(refused),
        cmocka_unit_test(may_write),
        cmocka_unit_test(lists),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed + (rmdir(folder) != 0);
}
