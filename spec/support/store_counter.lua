-- A process of many that count up one number: WAY KEY TIMES KIND [PLACE].
local core = require "instagram.core"
local contract = require "spec.support.store_contract"
local stores = require "spec.support.stores"

local way, key, times, kind, place = (table.unpack or unpack)(arg)
local store = stores.open(kind, place)
contract[way](store, key, tonumber(times), require("instagram.wait").sleep)
io.stdout:write("done after ", ("%.1f"):format(core.monotonic()), "\n")
