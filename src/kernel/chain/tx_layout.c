#include "chain/tx_layout.h"

static const struct tx_layout layout_legacy = /* yellow paper 4.3 */
    {9, 6, {NONCE, GAS_PRICE, GAS_LIMIT, TO, VALUE, DATA, V, R, S}};
static const struct tx_layout layout_access_list = /* EIP-2930 */
    {11, 8, {CHAIN_ID, NONCE, GAS_PRICE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, Y_PARITY, R, S}};
static const struct tx_layout layout_dynamic_fee = /* EIP-1559 */
    {12, 9, {CHAIN_ID, NONCE, MAX_PRIORITY_FEE, MAX_FEE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, Y_PARITY, R, S}};
static const struct tx_layout layout_blob = /* EIP-4844 */
    {14, 11, {CHAIN_ID, NONCE, MAX_PRIORITY_FEE, MAX_FEE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, MAX_BLOB_FEE,
              BLOB_HASHES, Y_PARITY, R, S}};
static const struct tx_layout layout_set_code = /* EIP-7702 */
    {13, 10, {CHAIN_ID, NONCE, MAX_PRIORITY_FEE, MAX_FEE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, AUTHORIZATIONS,
              Y_PARITY, R, S}};
static const struct tx_layout layout_system = /* docs/protocol.md section 11 */
    {6, 6, {CHAIN_ID, BLOCK_NUMBER, INDEX, TO, GAS_LIMIT, DATA}};

const struct tx_layout *tx_layout_of(unsigned type)
{
    switch (type) {
    case TX_LEGACY: return &layout_legacy;
    case TX_ACCESS_LIST: return &layout_access_list;
    case TX_DYNAMIC_FEE: return &layout_dynamic_fee;
    case TX_BLOB: return &layout_blob;
    case TX_SET_CODE: return &layout_set_code;
    case TX_SYSTEM: return &layout_system;
    default: return NULL;
    }
}

const struct tx_field_row tx_field_row[FIELD_COUNT] = {
    [CHAIN_ID] = {U64, offsetof(struct tx, chain_id), 0, 0, 0, REJECT_TX_INVALID_CHAINID},
    [NONCE] = {U64, offsetof(struct tx, nonce), REJECT_TX_RLP_INVALID_NONCE, REJECT_TX_RLP_LEADING_ZEROS_NONCE,
               REJECT_TX_RLP_LEADING_ZEROS_NONCE_SIZE, REJECT_TX_NONCE_OVERFLOW},
    [GAS_PRICE] = {U256, offsetof(struct tx, max_fee), 0, REJECT_TX_RLP_LEADING_ZEROS_GASPRICE, 0,
                   REJECT_TX_GASPRICE_OVERFLOW},
    [MAX_PRIORITY_FEE] = {U256, offsetof(struct tx, max_priority_fee), 0, REJECT_TX_RLP_LEADING_ZEROS_PRIORITY_FEE, 0,
                          REJECT_TX_PRIORITY_OVERFLOW},
    [MAX_FEE] = {U256, offsetof(struct tx, max_fee), 0, REJECT_TX_RLP_LEADING_ZEROS_BASEFEE, 0,
                 REJECT_TX_GASPRICE_OVERFLOW},
    [GAS_LIMIT] = {U64, offsetof(struct tx, gas_limit), REJECT_TX_RLP_INVALID_GASLIMIT,
                   REJECT_TX_RLP_LEADING_ZEROS_GASLIMIT, 0, REJECT_TX_GASLIMIT_OVERFLOW},
    [TO] = {OTHER, 0, REJECT_TX_RLP_INVALID_TO, 0, 0, 0},
    [VALUE] = {U256, offsetof(struct tx, value), REJECT_TX_RLP_INVALID_VALUE, REJECT_TX_RLP_LEADING_ZEROS_VALUE, 0,
               REJECT_TX_VALUE_OVERFLOW},
    [DATA] = {OTHER, 0, REJECT_TX_RLP_INVALID_DATA, 0, REJECT_TX_RLP_LEADING_ZEROS_DATA_SIZE, 0},
    [MAX_BLOB_FEE] = {U256, offsetof(struct tx, max_blob_fee), 0, 0, 0, REJECT_TX_FIELD_SIZE},
    [V] = {OTHER, 0, 0, REJECT_TX_RLP_LEADING_ZEROS_V, 0, 0},
    [Y_PARITY] = {OTHER, 0, 0, REJECT_TX_RLP_LEADING_ZEROS_V, 0, REJECT_TX_INVALID_SIGNATURE_VRS},
    [R] = {BE256, offsetof(struct tx, signature.r), REJECT_TX_RLP_INVALID_SIGNATURE_R, REJECT_TX_RLP_LEADING_ZEROS_R, 0,
           REJECT_TX_INVALID_SIGNATURE_VRS},
    [S] = {BE256, offsetof(struct tx, signature.s), REJECT_TX_RLP_INVALID_SIGNATURE_S, REJECT_TX_RLP_LEADING_ZEROS_S, 0,
           REJECT_TX_INVALID_SIGNATURE_VRS},
    [BLOCK_NUMBER] = {U64, offsetof(struct tx, block_number), 0, 0, 0, REJECT_TX_FIELD_SIZE},
    [INDEX] = {U64, offsetof(struct tx, index), 0, 0, 0, REJECT_TX_FIELD_SIZE},
};
