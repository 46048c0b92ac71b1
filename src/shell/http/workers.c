#include "http/server_private.h"

#include <stdlib.h>

enum { ROOM_KEPT = 256 << 10 }; /* of a room that stays with its worker */

struct job *job_new(struct http_server *s, const struct http_exchange *x, bool holds)
{
    struct job *job = malloc(sizeof *job);
    BUG_UNLESS(job);
    *job = (struct job){.x = *x, .arena = s->arena, .holds = holds, .server = s};
    job->x.arena = &job->arena;
    arena_init(&s->arena, s->memory);
    loop_arena_reset(s);
    return job;
}

void job_free(struct job *job)
{
    arena_release(&job->arena);
    room_close(job->room);
    free(job->body);
    free(job);
}

static void put_done(struct http_server *s, struct job *job)
{
    job->next = NULL;
    *s->done_last = job;
    s->done_last = &job->next;
}

/* The handler has returned: a long reply takes the room with it, a short one leaves it to the worker. */
static u8 *settle_room(struct job *job, u8 *room)
{
    struct bytes *reply = &job->x.reply;
    if (!room || reply->ptr != room) {
        room_keep(room, ROOM_KEPT);
        return room;
    }
    if (reply->len > ROOM_KEPT) {
        room_keep(room, reply->len);
        job->room = room;
        return NULL;
    }
    *reply = arena_copy(&job->arena, *reply);
    room_keep(room, ROOM_KEPT);
    return room;
}

static void *run_worker(void *context)
{
    struct http_server *s = context;
    u8 *room = NULL;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->queue && !s->workers_end) {
            s->worker_idle++;
            pthread_cond_wait(&s->work, &s->lock);
            s->worker_idle--;
        }
        struct job *job = s->queue;
        if (!job)
            break; /* the end, and nothing is left */
        s->queue = job->next;
        s->queue_len--;
        if (!s->queue)
            s->queue_last = &s->queue;
        pthread_mutex_unlock(&s->lock);
        atomic_fetch_add(&s->running_now, 1);
        if (!room)
            room = room_open();
        job->x.room = room;
        job->x.room_size = room ? ROOM_BYTES : 0;
        s->service.answer(s->service.context, &job->x);
        room = settle_room(job, room);
        atomic_fetch_sub(&s->running_now, 1);
        pthread_mutex_lock(&s->lock);
        put_done(s, job);
        wake_loop(s);
    }
    pthread_mutex_unlock(&s->lock);
    room_close(room);
    return NULL;
}

/* One more worker when all are busy; with the lock. */
static bool begin_worker(struct http_server *s)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    const bool begun = pthread_attr_setstacksize(&attributes, s->limits.stack_bytes) == 0 &&
                       pthread_create(&s->worker[s->worker_count], &attributes, run_worker, s) == 0;
    pthread_attr_destroy(&attributes);
    s->worker_count += begun;
    return begun;
}

bool workers_open(struct http_server *s)
{
    s->queue_last = &s->queue;
    s->done_last = &s->done;
    s->worker = calloc(s->limits.workers, sizeof *s->worker);
    return s->worker && begin_worker(s); /* one is there: the others may fail */
}

void workers_give(struct http_server *s, struct job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&s->lock);
    *s->queue_last = job;
    s->queue_last = &job->next;
    s->queue_len++;
    if (s->queue_len > s->worker_idle && s->worker_count < s->limits.workers)
        (void)begin_worker(s); /* refused: those that are there do it */
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
}

void workers_close(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->workers_end = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    for (u32 i = 0; i < s->worker_count; i++)
        pthread_join(s->worker[i], NULL);
    free(s->worker);
}
