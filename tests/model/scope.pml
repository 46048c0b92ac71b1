/* scope - what a hostile sequencer can settle: a model of rolling hashes, clocks and root order for spin.
 *
 * Transactions are scripts over one memory cell a chain. The sequencer chooses everything that a sequencer can: on
 * each chain the order of its transactions and of the calls that it handles, which calls run inline, all answers, and
 * all arguments of calls that it handles before they are made. Then the settlement compares. What settles must equal
 * a serial run of whole transactions: every value that was read, and every cell at the end.
 *
 *      chain 0  | tx 0  handle tx 2's call  tx 1 |      chains meet in nothing but the settlement's comparison,
 *      chain 1  | handle ...                     |      so they are explored one after the other; whatever the
 *      chain 2  | ...                            |      other side has not said yet is guessed, and held to later
 *
 * Abstractions, and why nothing is lost by them:
 *   - A hash is the thing hashed. A lane of requests is the order of calls in it: `position`. The order of
 *     responsesIn is the order of fills, which the sequencer chooses freely; so equal lanes of answers mean: as many
 *     answers were filled as given, each given one once. With the request in the leaf, each under its own request.
 *   - Request and answer carry a clock that the other side cannot choose. Clocks follow from the order of events by
 *     the bridges' formulas. They only add: around a loop they would have to be greater than themselves, so there is
 *     no guess that fits. So events keep their predecessor, and clocks are computed at the end of each chain.
 *   - openScope lets the sequencer name a root freely, above the chain's clock. Only the order of the names counts:
 *     they are `(rank + 1) * STRIDE`, with STRIDE above the longest path that scopes can add. Raising a clock
 *     elsewhere only takes freedom away.
 *   - Failing calls are answers like others; no ETH. Gas is what the sequencer makes of it: how long an answer is that it
 *     fills ahead decides where a frame ends. So it may end any frame that asked; HALT says what becomes of it.
 *   - A chain with a dishonest quorum, FAULTY, may send all calls of a transaction under the root of another one. All
 *     other chains are in one circle. Whoever calls that chain gets what it likes to answer, and is called back by it as
 *     it likes: so transactions of other chains do not call it here, and must not notice it.
 *
 * Bounds: CHAINS, TXS, LEN steps each; a step is a read, a write or a copy of what was read, on a chain, or by way of
 * another one (which then writes too); a call that is handled inline has no further one inline in its own calls.
 * Every rule is a macro below: -DRULE=0 takes it away. run.mjs lists the configurations.
 * The rules are docs/protocol.md sections 2 to 7 and 9. */

#ifndef CHAINS
#define CHAINS 2
#endif
#ifndef TXS
#define TXS 2
#endif
#ifndef LEN
#define LEN 2
#endif
#ifndef VIA
#define VIA 0            /* how many of the transactions may make calls that call on */
#endif

/* --- the rules --- */

#ifndef REQUESTS
#define REQUESTS 1       /* the settlement compares requests */
#endif
#ifndef FIFO
#define FIFO 1           /* ... in order */
#endif
#ifndef RESPONSES
#define RESPONSES 1      /* the settlement compares answers */
#endif
#ifndef BIND
#define BIND 1           /* the leaf of an answer binds the request */
#endif
#ifndef CLOCK_HANDLE
#define CLOCK_HANDLE 1   /* handling starts above the request's clock */
#endif
#ifndef CLOCK_RETURN
#define CLOCK_RETURN 1   /* the caller goes on above the answer's clock */
#endif
#ifndef ROOT
#define ROOT 1           /* RootOrder() of calls that are not inline */
#endif
#ifndef SPLIT
#define SPLIT 1          /* ScopeSplit: parts of a root are adjacent */
#endif
#ifndef INLINE
#define INLINE 1         /* RootOrder() of inline calls: of the running root only */
#endif
#ifndef COMPARE
#define COMPARE 1        /* NestedMismatch(): an inline answer is the given one */
#endif
#ifndef ABORT
#define ABORT 1          /* an abort cannot be caught */
#endif
#ifndef HALT
#define HALT 1           /* a frame that asked and runs out of gas is an abort */
#endif
#ifndef MISSING
#define MISSING 1        /* a missing answer is an abort, and not empty */
#endif
#ifndef LEFTOVER
#define LEFTOVER 1       /* no answer is left at the end of a block */
#endif
#ifndef HIDDEN
#define HIDDEN 1         /* nothing of an answer can be seen before it is taken */
#endif

#ifndef CIRCLE
#define CIRCLE 1         /* OutsideCircle(): all parts of a root on a chain are of the circle, or of one chain */
#endif
#ifndef VOUCH
#define VOUCH 1          /* a chain of the circle does not vouch for a root that the faulty chain named */
#endif
#ifndef BACK_CIRCLE
#define BACK_CIRCLE 1    /* OutsideCircle() of inline calls */
#endif
#ifndef FAULTY
#define FAULTY NONE      /* the chain that may borrow the names of roots */
#endif
#ifndef LOOKUPS
#define LOOKUPS 0        /* reads are lookups: parts of a root that are lookups alone may be of several */
#endif

/* --- transactions --- */

#define NOP 0
#define READ 1           /* x = cell */
#define WRITE 2          /* cell = the transaction's own value */
#define COPY 3           /* cell = x */
#define PROBE 4          /* the call of the step after the next, in a frame that reverts and tells x */
#define PEEK 5           /* x = the answer that waits for that call */
#define ATTEMPT 6        /* the same frame around the first call of transaction 1, which will make it again */

#define NONE 255
#define FIRST 254        /* before the first event of a chain */
#define EMPTY 9          /* what the draft reads when there is no answer */
#define CAUGHT 8         /* what a transaction knows in its catch branch */

#define STEPS (TXS * LEN)
#define CALLS (2 * STEPS)            /* of step s: 2s by the transaction, 2s + 1 by who handles that one */
#define EVENTS (4 * CALLS)           /* of call k: 4k asked, 4k + 1 begun, 4k + 2 answered, 4k + 3 returned */

byte home[TXS];
byte rank[TXS];                      /* the order of the roots' names */
byte name[TXS];                      /* whose root its calls name: its own, or a borrowed one */
byte op[STEPS];
byte first[STEPS];                   /* where: the chain called; home: no call */
byte second[STEPS];                  /* the chain that is called from there, or NONE */

#define STEP(k) ((k) / 2)
#define TX(k) ((k) / 2 / LEN)
#define NESTED(k) ((k) % 2)
#define TARGET(k) (NESTED(k) -> second[STEP(k)] : first[STEP(k)])
#define SOURCE(k) (NESTED(k) -> first[STEP(k)] : home[TX(k)])
#define IS_CALL(s) (op[s] >= READ && op[s] <= COPY && first[s] != home[(s) / LEN])
#define NAME(k) (name[TX(k)])        /* the transaction whose root the call names */
#define MADE(k) (IS_CALL(STEP(k)) && !gone[STEP(k)] && (!NESTED(k) || second[STEP(k)] != NONE))

/* --- what is known of the history --- */

bool gone[STEPS];                    /* the call failed by an abort that was caught: it was not made */
byte argument[STEPS];                /* of a COPY */
byte seen[STEPS];                    /* x after the step */
byte answer[CALLS];
byte position[CALLS];                /* in its lane of requests */
byte taken[CALLS];                   /* the call whose answer this one took */
byte before[EVENTS];                 /* the event before it on its chain */
byte start[TXS];                     /* the event that made it a root */
bool is_handled[CALLS];
bool is_taken[CALLS];                /* the answer of this call was */
bool has_run[TXS];
byte final[CHAINS];

/* --- the chain that runs --- */

byte here;
byte cell;
byte last = FIRST;                   /* event */
byte last_root = NONE;               /* transaction */
byte running = NONE;                 /* the root handled last, if nothing of a user came after */
byte part;                           /* who vouched for the first call of last_root */
bool only_lookups;                   /* nothing but lookups was handled under last_root */
byte lanes[2 * CHAINS];              /* requests in from each chain, then out to each: how many there are */

/* the transaction that runs, or the call handled and the one inline in it */
byte t, i, x, k, j, v, m, lane;
byte attempted = NONE;               /* what was last on this chain when transaction 1's call was attempted */
byte queued = NONE;                  /* inline calls were queued for the probed call: 1, none: 0, it is not probed: NONE */
byte given;                          /* the answer given with the queue */

/* scratch, no part of the state */
hidden int clock[EVENTS];
hidden int ticks;
hidden byte again;
hidden byte fits;
hidden byte serial[CHAINS];
hidden byte order[3];
hidden byte e, n, y, s;

#define STRIDE (EVENTS + 1)
#define CLOCK_END ((TXS + 1) * STRIDE)

inline guess(to)
{
    to = 0;
    do
    :: to < TXS -> to++
    :: break
    od
}

inline happens(event)
{
    before[event] = last;
    last = event;
}

inline mix(call)
{
    if
    :: position[call] == NONE -> position[call] = lanes[lane];
    :: else -> (!REQUESTS || !FIFO || position[call] == lanes[lane]);
    fi;
    lanes[lane]++;
    lane = 0;
}

/* --- calling --- */

/* Takes an answer into `to`: its own, or without binding any other of the same pair of chains. */
inline take(call, to)
{
    if
    :: !MISSING && !LEFTOVER -> to = EMPTY; /* filled after the request was made */
    :: m = call;
       if
       :: BIND || !RESPONSES;
       :: else ->
          m = 0;
          do
          :: m < CALLS - 1 -> m++;
          :: break;
          od;
          (MADE(m) && SOURCE(m) == SOURCE(call) && TARGET(m) == TARGET(call) && !is_taken[m]);
          is_taken[m] = true;
       fi;
       taken[call] = m;
       if
       :: !RESPONSES -> guess(to);
       :: else ->
          if
          :: answer[m] == NONE && op[STEP(m)] == READ -> guess(answer[m]);
          :: answer[m] == NONE && op[STEP(m)] != READ -> answer[m] = 0;
          :: else;
          fi;
          to = answer[m];
       fi;
       m = 0;
    fi;
    happens(4 * (call) + 3);
}

/* --- handling --- */

inline apply(call, to)
{
    to = 0;
    if
    :: op[STEP(call)] == READ -> to = cell;
    :: op[STEP(call)] == WRITE && REQUESTS -> cell = TX(call) + 1;
    :: op[STEP(call)] == COPY && REQUESTS ->
       if
       :: argument[STEP(call)] == NONE -> guess(argument[STEP(call)]);
       :: else;
       fi;
       cell = argument[STEP(call)];
    :: op[STEP(call)] != READ && !REQUESTS -> guess(cell);
    fi;
}

inline begin(call)
{
    is_handled[call] = true;
    lane = SOURCE(call);
    mix(call);
    happens(4 * (call) + 1);
    if
    :: !NESTED(call) && second[STEP(call)] != NONE && op[STEP(call)] == READ;
    :: else -> apply(call, v);
    fi;
}

inline end(call)
{
    happens(4 * (call) + 2);
    if
    :: answer[call] == NONE -> answer[call] = v;
    :: else -> (!RESPONSES || answer[call] == v);
    fi;
    v = 0;
}

inline ask(call)
{
    lane = CHAINS + TARGET(call);
    mix(call);
    happens(4 * (call));
}

/* Handles a call, and nothing inside of it. */
inline handle(call)
{
    begin(call);
    if
    :: !NESTED(call) && second[STEP(call)] != NONE -> ask(call + 1); take(call + 1, v);
    :: else;
    fi;
    end(call);
}

inline choose_call(to)
{
    to = 0;
    do
    :: to < CALLS - 1 -> to++;
    :: break;
    od;
    (MADE(to) && TARGET(to) == here && !is_handled[to]);
}

/* Who vouches that a call belongs to the root that it names: the circle, or its source alone. */
#define THE_CIRCLE CHAINS
#define SEVERAL (CHAINS + 1)
#define IS_VOUCHED(call) (SOURCE(call) != FAULTY && (!VOUCH || home[TX(call)] != FAULTY))
#define VOUCHER(call) (IS_VOUCHED(call) -> THE_CIRCLE : SOURCE(call))

inline join_root(call)
{
    if
    :: last_root != NAME(call) -> part = VOUCHER(call); only_lookups = LOOKUPS && op[STEP(call)] == READ;
    :: else ->
       only_lookups = only_lookups && op[STEP(call)] == READ;
       if
       :: part != VOUCHER(call) -> (!CIRCLE || only_lookups); part = SEVERAL;
       :: else;
       fi;
    fi;
}

/* While `call` of `root` waits: any number of calls inline. */
inline wait(call, root)
{
    do
    :: choose_call(j);
       (!INLINE || NAME(j) == root);
       (!BACK_CIRCLE || SOURCE(j) == TARGET(call) ||
        IS_VOUCHED(j) && IS_VOUCHED(call) && TARGET(call) != FAULTY);
       handle(j);
       j = 0;
    :: break;
    od;
    j = 0;
}

inline handle_at_top()
{
    (attempted == NONE);
    choose_call(k);
    (!ROOT || last_root == NONE || rank[NAME(k)] >= rank[last_root]);
    (!SPLIT || last_root != NAME(k) || running == NAME(k));
    join_root(k);
    last_root = NAME(k);
    running = NAME(k);
    t = NAME(k);
    begin(k);
    if
    :: !NESTED(k) && second[STEP(k)] != NONE -> ask(k + 1); wait(k + 1, t); take(k + 1, v);
    :: else;
    fi;
    end(k);
    k = 0;
    t = 0;
}

/* --- a transaction --- */

inline call_out()
{
    /* The clock is in the hash of a request: what was attempted is made again before the clock moves, or never. */
    (attempted == NONE || k == 2 * LEN && attempted == last);
    attempted = NONE;
    if
    :: ABORT == 0 -> /* no answer was filled; the frame reverts, and with it the request */
       (!is_handled[k] && position[k] == NONE && answer[k] == NONE && position[k + 1] == NONE && answer[k + 1] == NONE);
       gone[STEP(k)] = true;
       x = CAUGHT;
    :: true ->
       if
       :: op[STEP(k)] == COPY ->
          if
          :: argument[STEP(k)] == NONE -> argument[STEP(k)] = x;
          :: else -> (!REQUESTS || argument[STEP(k)] == x);
          fi;
       :: else;
       fi;
       ask(k);
       if
       :: start[t] == NONE && name[t] == t -> start[t] = 4 * k; last_root = t; part = THE_CIRCLE; only_lookups = false;
       :: else;
       fi;
       if
       :: queued == NONE -> wait(k, name[t]);
       :: queued == 1 ->
          (!is_handled[k + 1]);
          handle(k + 1);
          (!COMPARE || answer[k + 1] == given);
       :: queued == 0;
       fi;
       queued = NONE;
       given = 0;
       take(k, v);
       if
       :: op[STEP(k)] == READ || v == EMPTY -> x = v;
       :: else;
       fi;
#if !HALT
       if                /* the frame ended before it had read, and was caught: what is above did whoever called again, with */
       :: x = CAUGHT;    /* more gas, and before the clock moved */
       :: true;
       fi;
#endif
       v = 0;
    fi;
}

/* What the call of a later step would answer: in a frame that is rolled back, its queue runs first. */
inline probe(later)
{
    k = 2 * (later);
    if
    :: second[STEP(k)] == here && !is_handled[k + 1] -> queued = 1; given = cell;
    :: queued = 0;
    fi;
    if
    :: answer[k] == NONE -> guess(answer[k]);
    :: else;
    fi;
    x = answer[k];
}

/* A missing answer that is no abort can be filled after the transaction, and taken when the call is made again. */
inline attempt()
{
    (home[1] == here && !has_run[1] && IS_CALL(LEN) && start[t] == NONE);
    if
    :: !MISSING -> x = EMPTY;
    :: true -> probe(LEN); attempted = last;
    fi;
}

inline peek()
{
    k = 2 * (t * LEN + i + 2);
    if
    :: HIDDEN;
    :: else ->
       if
       :: answer[k] == NONE -> guess(answer[k]);
       :: else;
       fi;
       x = answer[k];
    fi;
}

inline transact()
{
    t = 0;
    do
    :: t < TXS - 1 -> t++;
    :: break;
    od;
    (home[t] == here && !has_run[t]);
    has_run[t] = true;
    running = NONE;
    i = 0;
    do
    :: i < LEN ->
       k = 2 * (t * LEN + i);
       if
       :: op[STEP(k)] == NOP;
       :: op[STEP(k)] == PROBE -> probe(t * LEN + i + 2);
       :: op[STEP(k)] == ATTEMPT -> attempt();
       :: op[STEP(k)] == PEEK -> peek();
       :: IS_CALL(STEP(k)) -> call_out();
       :: op[STEP(k)] == READ && !IS_CALL(STEP(k)) -> x = cell;
       :: op[STEP(k)] == WRITE && !IS_CALL(STEP(k)) -> cell = t + 1;
       :: op[STEP(k)] == COPY && !IS_CALL(STEP(k)) -> cell = x;
       fi;
       seen[t * LEN + i] = x;
       i++;
    :: else -> break;
    od;
    i = 0;
    k = 0;
    t = 0;
    x = 0;
}

/* --- settlement --- */

inline at_least(floor)
{
    if
    :: ticks < (floor) -> ticks = (floor);
    :: else;
    fi;
}

/* Clocks by the bridges' formulas, as far as the order of events is known. `fits`: there are such. */
inline compute_clocks()
{
    e = 0;
    do
    :: e < EVENTS -> clock[e] = 0; e++;
    :: else -> break;
    od;
    again = true;
    fits = true;
    do
    :: again && fits ->
       again = false;
       e = 0;
       do
       :: e < EVENTS && fits ->
          if
          :: before[e] != NONE ->
             ticks = 0;
             if
             :: before[e] != FIRST -> at_least(clock[before[e]]);
             :: else;
             fi;
             if
             :: e % 4 == 1 && CLOCK_HANDLE -> at_least(clock[e - 1]);
             :: e % 4 == 3 && CLOCK_RETURN && taken[e / 4] != NONE -> at_least(clock[4 * taken[e / 4] + 2]);
             :: else;
             fi;
             ticks++;
             if
             :: e % 8 == 0 && name[TX(e / 4)] != TX(e / 4) -> /* no call's clock is below its root's */
                at_least((rank[name[TX(e / 4)]] + 1) * STRIDE);
             :: else;
             fi;
             if
             :: e % 8 == 0 && start[TX(e / 4)] == e ->
                if
                :: ticks > (rank[TX(e / 4)] + 1) * STRIDE -> fits = false; /* a root is named by a clock that is new */
                :: else -> ticks = (rank[TX(e / 4)] + 1) * STRIDE;
                fi;
             :: else;
             fi;
             if
             :: ticks > CLOCK_END -> fits = false;
             :: ticks <= CLOCK_END && ticks != clock[e] -> clock[e] = ticks; again = true;
             :: else;
             fi;
          :: else;
          fi;
          e++;
       :: else -> break;
       od;
    :: else -> break;
    od;
}

/* One serial run, in `order`. */
inline try_order()
{
    fits = true;
    e = 0;
    do
    :: e < CHAINS -> serial[e] = 0; e++;
    :: else -> break;
    od;
    n = 0;
    do
    :: n < TXS ->
       y = 0;
       e = 0;
       do
       :: e < LEN ->
          s = order[n] * LEN + e;
          if
          :: op[s] == READ -> y = serial[(second[s] != NONE -> second[s] : first[s])];
          :: op[s] == PROBE -> y = serial[(second[s + 2] != NONE -> second[s + 2] : first[s + 2])];
          :: op[s] == ATTEMPT -> y = serial[(second[LEN] != NONE -> second[LEN] : first[LEN])];
          :: op[s] == WRITE || op[s] == COPY ->
             serial[first[s]] = (op[s] == COPY -> y : order[n] + 1);
             if
             :: second[s] != NONE -> serial[second[s]] = (op[s] == COPY -> y : order[n] + 1);
             :: else;
             fi;
          :: else;
          fi;
          if
          :: seen[s] != y -> fits = false;
          :: else;
          fi;
          e++;
       :: else -> break;
       od;
       n++;
    :: else -> break;
    od;
    e = 0;
    do
    :: e < CHAINS ->
       if
       :: serial[e] != final[e] -> fits = false;
       :: else;
       fi;
       e++;
    :: else -> break;
    od;
}

inline try(a, b, c)
{
    if
    :: !fits -> order[0] = a; order[1] = b; order[2] = c; try_order();
    :: else;
    fi;
}

inline find_serial_order()
{
    fits = false;
#if TXS == 2
    try(0, 1, 0);
    try(1, 0, 0);
#else
    try(0, 1, 2);
    try(0, 2, 1);
    try(1, 0, 2);
    try(1, 2, 0);
    try(2, 0, 1);
    try(2, 1, 0);
#endif
}

/* --- programs --- */

inline step(who, number, what, where, onward)
{
    op[who * LEN + number] = what;
    first[who * LEN + number] = where;
    second[who * LEN + number] = onward;
}

/* Any step. The first copy of a transaction is of a value that was read. */
inline any_step(who, number)
{
    i = who * LEN + number;
    if
    :: true; /* NOP */
    :: op[i] = READ;
    :: op[i] = WRITE;
    :: number > 0 -> op[i] = COPY;
    fi;
    if
    :: op[i] != NOP ->
       (number == 0 || op[i - (number > 0 -> 1 : 0)] != NOP);
       first[i] = 0;
       do
       :: first[i] < CHAINS - 1 -> first[i]++;
       :: break;
       od;
       (first[i] != FAULTY || home[who] == FAULTY);
#if VIA
       if
       :: true;
       :: first[i] != home[who] && who < VIA ->
          second[i] = 0;
          do
          :: second[i] < CHAINS - 1 -> second[i]++;
          :: break;
          od;
          (second[i] != first[i]);
       fi;
#endif
    :: else;
    fi;
    i = 0;
}

inline any_steps(who)
{
    any_step(who, 0);
#if LEN > 1
    any_step(who, 1);
#endif
#if LEN > 2
    any_step(who, 2);
#endif
}

/* Transaction 0 learns what its later call of chain 1, which calls back, will answer; writes; and calls. */
inline learn(how)
{
    step(0, 0, how, 0, NONE);
    any_step(0, 1);
    (first[1] == 0);
    step(0, 2, READ, 1, 0);
}

inline choose_programs()
{
    /* Chains can be renamed: a transaction lives on a chain that has one, or on the next. */
    home[0] = 0;
#ifndef HOME1
    if
    :: home[1] = 0;
    :: home[1] = 1;
    fi;
#else
    home[1] = HOME1;
#endif
#if TXS > 2
    if
    :: home[2] = 0;
    :: home[2] = 1;
    :: CHAINS > 2 && home[1] == 1 -> home[2] = CHAINS - 1;
    fi;
#endif

#if defined(SWAPPED)              /* two questions, two answers */
    step(0, 0, READ, 1, NONE);
    step(0, 1, READ, 1, NONE);
    step(1, 0, WRITE, 1, NONE);
#elif defined(LOOP)               /* each writes what the other one says */
    step(0, 0, READ, 1, NONE);
    step(0, 1, COPY, 0, NONE);
    step(1, 0, READ, 0, NONE);
    step(1, 1, COPY, 1, NONE);
#elif defined(TORN)               /* price and trade; a trade there, from that chain or from a third */
    step(0, 0, READ, 1, NONE);
    step(0, 1, READ, 1, NONE);
    step(1, 0, WRITE, 1, NONE);
#elif defined(CROSSED)            /* two writers of the same two cells */
    step(0, 0, WRITE, 1, NONE);
    step(0, 1, WRITE, 2, NONE);
    step(1, 0, WRITE, 1, NONE);
    step(1, 1, WRITE, 2, NONE);
#elif defined(RELAYED)            /* the trade is made by way of a chain of the circle */
    step(0, 0, READ, 1, NONE);
    step(0, 1, READ, 1, NONE);
    step(1, 0, WRITE, 2, 1);
#elif defined(READERS)            /* two that read the same cell */
    step(0, 0, READ, 1, NONE);
    step(0, 1, READ, 1, NONE);
    step(1, 0, READ, 1, NONE);
#elif defined(AROUND)             /* a cell before and after a call, and another scope that writes it */
    step(0, 0, READ, 0, NONE);
    step(0, 1, READ, 1, NONE);
    step(0, 2, READ, 0, NONE);
    step(1, 0, WRITE, 0, NONE);
#elif defined(CROSSED_READS)      /* each reads what the other one writes */
    step(0, 0, READ, 1, NONE);
    step(0, 1, WRITE, 2, NONE);
    step(1, 0, READ, 2, NONE);
    step(1, 1, WRITE, 1, NONE);
#elif defined(INSIDE)             /* one call, and another scope in the middle of it */
    step(0, 0, READ, 1, NONE);
    step(0, 1, READ, 0, NONE);
    step(1, 0, WRITE, 0, NONE);
    step(1, 1, WRITE, 1, NONE);
#elif defined(PROBES)
    learn(PROBE);
    any_step(1, 0);
#elif defined(PEEKS)
    learn(PEEK);
    any_step(1, 0);
#elif defined(ATTEMPTS)           /* transaction 0 learns what the call of transaction 1 will answer; a third writes */
    step(0, 0, ATTEMPT, 0, NONE);
    any_step(0, 1);
    step(1, 0, READ, 1, NONE);
    if
    :: second[LEN] = 0; /* which calls back */
    :: true;
    fi;
    any_step(1, 1);
#if TXS > 2
    any_step(2, 0);
#endif
#elif defined(BACK)               /* a call that calls back */
    step(0, 0, WRITE, 0, NONE);
    step(0, 1, READ, 1, 0);
#elif defined(LATE)               /* ... and is answered before that call back */
    step(0, 0, READ, 1, 0);
    step(0, 1, WRITE, 0, NONE);
    step(0, 2, READ, 1, NONE);
#else
#if VIA == 0 || VIA == TXS        /* any transaction may be any program */
#define ALIKE
#endif
    any_steps(0);
    any_steps(1);
#if TXS > 2
    any_steps(2);
#endif
#endif

#ifdef ALIKE                      /* what differs in names of transactions alone is looked at once */
    rank[1] = 1;
#if TXS > 2
    rank[2] = 2;
#endif
#else
    if
    :: rank[0] = 0; rank[1] = 1;
    :: rank[0] = 1; rank[1] = 0;
    fi;
#if TXS > 2
    if
    :: rank[2] = 2;
    :: rank[2] = rank[1]; rank[1] = 2;
    :: rank[2] = rank[0]; rank[0] = 2;
    fi;
#endif
#endif

    t = 0;
    do
    :: t < TXS ->
       name[t] = t;
       if
       :: true;
       :: home[t] == FAULTY ->
          name[t] = 0;
          do
          :: name[t] < TXS - 1 -> name[t]++;
          :: break;
          od;
       fi;
       t++;
    :: else -> break;
    od;
    t = 0;
}

init
{
    d_step {
        do
        :: i < STEPS -> second[i] = NONE; argument[i] = NONE; i++;
        :: else -> break;
        od;
        i = 0;
        do
        :: i < CALLS -> answer[i] = NONE; position[i] = NONE; taken[i] = NONE; i++;
        :: else -> break;
        od;
        i = 0;
        do
        :: i < EVENTS -> before[i] = NONE; i++;
        :: else -> break;
        od;
        i = 0;
        do
        :: i < TXS -> start[i] = NONE; i++;
        :: else -> break;
        od;
        i = 0;
    }
    atomic { choose_programs(); }
    do
    :: atomic { here < CHAINS -> transact(); }
    :: atomic { here < CHAINS -> handle_at_top(); }
    :: d_step {
           here < CHAINS ->
           fits = true;
           e = 0;
           do
           :: e < CALLS ->
              if
              :: MADE(e) && TARGET(e) == here && !is_handled[e] -> fits = false;
              :: else;
              fi;
              e++;
           :: else -> break;
           od;
           e = 0;
           do
           :: e < TXS ->
              if
              :: home[e] == here && !has_run[e] -> fits = false;
              :: else;
              fi;
              e++;
           :: else -> break;
           od;
           if
           :: fits -> compute_clocks();
           :: else;
           fi;
           if
           :: fits ->
              final[here] = cell;
              here++;
              cell = 0;
              last = FIRST;
              last_root = NONE;
              running = NONE;
              part = 0;
              only_lookups = false;
              e = 0;
              do
              :: e < 2 * CHAINS -> lanes[e] = 0; e++;
              :: else -> break;
              od;
           :: else -> here = NONE; /* refused */
           fi;
       }
    :: here == CHAINS -> break;
    od;
    skip;
    d_step {
        find_serial_order();
    }
settled:
#ifdef SETTLES
    assert(!(SETTLES));
#else
    assert(fits);
#endif
}
