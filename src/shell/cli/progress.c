#include "cli/progress.h"

#include "base/types.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool runs, stops, is_shown;
    char what[72]; /* empty: nothing is being done */
    struct timespec since;
} line = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void erase(void)
{
    if (line.is_shown)
        fputs("\r\033[K", stderr);
    line.is_shown = false;
}

static void show(time_t seconds)
{
    fprintf(stderr, "\r\033[Kscope: %s, %ld s", line.what, (long)seconds);
    fflush(stderr);
    line.is_shown = true;
}

static void *tick(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&line.lock);
    while (!line.stops) {
        if (!line.what[0]) {
            pthread_cond_wait(&line.changed, &line.lock);
            continue;
        }
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        const time_t seconds =
            now.tv_sec - line.since.tv_sec - (now.tv_nsec < line.since.tv_nsec); /* whole ones that have passed */
        if (seconds >= 1)
            show(seconds);
        const struct timespec next = {line.since.tv_sec + seconds + 1, line.since.tv_nsec};
        pthread_cond_timedwait(&line.changed, &line.lock, &next);
    }
    pthread_mutex_unlock(&line.lock);
    return NULL;
}

void progress_start(void)
{
    const char *term = getenv("TERM");
    pthread_condattr_t attributes;
    if (line.runs || !isatty(STDERR_FILENO) || !term || strcmp(term, "dumb") == 0)
        return;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&line.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    line.stops = false;
    line.what[0] = 0;
    line.runs = pthread_create(&line.thread, NULL, tick, NULL) == 0; /* without it there is no line */
}

static void set_progress(const char *what)
{
    size_t len = 0;
    if (!line.runs)
        return;
    pthread_mutex_lock(&line.lock);
    erase();
    for (; what[len] && len < sizeof line.what - 1; len++)
        line.what[len] = (u8)what[len] < ' ' || what[len] == 0x7f ? '?' : what[len];
    line.what[len] = 0;
    clock_gettime(CLOCK_MONOTONIC, &line.since);
    pthread_cond_signal(&line.changed);
    pthread_mutex_unlock(&line.lock);
}

void progress_say(const char *what)
{
    set_progress(what);
}

void progress_hide(void)
{
    set_progress("");
}

void progress_stop(void)
{
    if (!line.runs)
        return;
    set_progress("");
    pthread_mutex_lock(&line.lock);
    line.stops = true;
    pthread_cond_signal(&line.changed);
    pthread_mutex_unlock(&line.lock);
    pthread_join(line.thread, NULL);
    pthread_cond_destroy(&line.changed);
    line.runs = false;
}
