// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// So that forge compiles the examples with the tests.
import {CrossChainSwap} from "../examples/CrossChainSwap.sol";
import {Borrower, Oracle} from "../examples/Oracle.sol";
import {Token} from "../examples/Token.sol";
import {Buyer, Club, Shop, Traveller} from "../examples/Guide.sol";
