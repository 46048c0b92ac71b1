/* artifact - contracts as compilers leave them behind: creation code and ABI.
 *
 *   solc --standard-json   { contracts: { "a.sol": { "A": { abi, evm: { bytecode: { object } } } } } }
 *   solc --combined-json   { contracts: { "a.sol:A": { abi, bin } } }
 *   Foundry                { abi, bytecode: { object, linkReferences } }
 *   Hardhat, Truffle       { contractName, sourceName, abi, bytecode: "0x.." }
 *   Waffle                 { abi, evm: { bytecode: { object } }, bytecode: ".." }
 *   an ABI alone           [ { type: "function", .. } ]
 *   bytecode alone         digits, with or without 0x
 *   scope:Name             a contract of the project, compiled into the program
 *
 * The form is found by looking, not asked for. Where a file holds several contracts, one is chosen by
 * Name, if that is unique, or File.sol:Name.
 *
 * Memory: the store's arena; files are parsed once each.
 * Errors: REJECT_ARTIFACT (REJECT_JSON, REJECT_TOO_LONG, FAULT_IO of the file), and the complaint names the file, the
 * contract and the cause: not found, ambiguous, without bytecode, not linked. */
#ifndef SCENARIO_ARTIFACT_H
#define SCENARIO_ARTIFACT_H

#include "io/complaint.h"
#include "io/json.h"
#include "scenario/interface.h"

#define ARTIFACT_BYTES_MAX ((size_t)64 << 20)

struct artifact {
    const char *name;          /* of the contract, or of the file where it does not say */
    struct bytes creation_code; /* without constructor arguments; empty when only the ABI was asked for */
    struct interface interface;
};

struct artifact_file;

struct artifact_store {
    struct arena *arena;
    struct artifact_file *newest;
};

enum artifact_need { ARTIFACT_ABI, ARTIFACT_CODE };

/* path: a file, or "scope:Name". contract may be NULL. Sets complaint->file. */
enum err artifact_load(struct artifact_store *store, struct artifact *out, struct complaint *complaint,
                       const char *path, const char *contract, enum artifact_need need) MUST_CHECK;

#endif
