/* artifact - compiler output: creation code and ABI of a contract.
 *
 *   solc --standard-json   { contracts: { "a.sol": { "A": { abi, evm: { bytecode: { object } } } } } }
 *   solc --combined-json   { contracts: { "a.sol:A": { abi, bin } } }
 *   Foundry                { abi, bytecode: { object, linkReferences } }
 *   Hardhat, Truffle       { contractName, sourceName, abi, bytecode: "0x.." }
 *   Waffle                 { abi, evm: { bytecode: { object } }, bytecode: ".." }
 *   an ABI alone           [ { type: "function", .. } ]
 *   bytecode alone         digits, with or without 0x
 *   scope:Name             a contract of this project, embedded in the program
 *
 * The format is detected. Where a file contains several contracts, one is selected by Name, if that is unique, or by
 * File.sol:Name.
 *
 * Memory: the store's arena; each file is parsed once.
 * Errors: REJECT_ARTIFACT (REJECT_JSON, REJECT_TOO_LONG, FAULT_IO of the file), and the complaint names the file, the
 * contract and the cause: not found, ambiguous, without bytecode, not linked. */
#ifndef SCENARIO_ARTIFACT_H
#define SCENARIO_ARTIFACT_H

#include "io/complaint.h"
#include "io/json.h"
#include "scenario/interface.h"

#define ARTIFACT_BYTES_MAX ((size_t)64 << 20)

struct artifact {
    const char *name;          /* of the contract, or of the file when the artifact has none */
    struct bytes creation_code; /* without constructor arguments; empty for ARTIFACT_ABI */
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
