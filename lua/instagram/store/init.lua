--- Token stores: what every store does, and how it says so. Four functions of this
--- table make one; anything with the same methods is one too. Knows: nothing of tokens
--- (what a store keeps is sealed text).
---
--- Every method answers `nil, message, err` (kind `store`) when the store fails; where
--- it can tell that a record was damaged, `get` and `swap` say so with kind `sealed`.
local check = require "instagram.check"

--- A lock of a store. It ends with its life even if its holder never comes back; until
--- another has taken it, its holder may write all the same.
---@class instagram.StoreLock
---@field fence integer grows with every holder; `put` and `swap` with an older one are
--- refused, so that who was overtaken cannot write
---@field release fun(): true?, string?, instagram.Error? gives the lock back, if it is
--- still the holder's, and with it the right to write

---@class instagram.StoreOptions
---@field ttl number? seconds after which the record is gone; nil: it stays
---@field fence integer? of the lock of the same key: refused (false) when that lock has
--- another holder by now, was released, or the key was deleted meanwhile

--- What a store does. Keys are short texts of any bytes (a shared dictionary's less
--- than 64 KiB); values are texts of any bytes; options are instagram.StoreOptions.
---@class instagram.Store
---@field get fun(self, key: string): (string|false)?, any, instagram.Error?
--- the value, and the seconds it has left if it has an end; false: there is none
---@field put fun(self, key: string, value: string, options: table?): boolean?, any
--- true; false: refused, because of its fence
---@field swap fun(self, key: string, expected: any, value: string, o: table?): boolean?
--- puts the value if the key still has the expected one (false: none); false: refused
---@field delete fun(self, key: string): true?, string?, instagram.Error?
--- also ends every lock's right to write the key; the lock itself goes on
---@field list fun(self, prefix: string): string[]?, string?, instagram.Error?
--- the keys that begin so, sorted
---@field lock fun(self, key: string, life: number): (instagram.StoreLock|false)?, any
--- for so many seconds; false: another holds it. Never waits for that

local store = {}

local methods = { "get", "put", "swap", "delete", "list", "lock" }

--- In this Lua state only: for tests, and for scripts that log in anew each time.
---@return instagram.Store
function store.memory()
  return require("instagram.store.memory").new()
end

--- A folder of files (mode 0700, each 0600) on this machine, for any number of
--- processes. Every write is whole or not at all, and is on disk when it returns. Not
--- for network file systems: their machines have no clock in common for locks.
---@param path string is made when it is not there (its parent must be), for the user
--- who does so: in nginx that is a worker, not init_by_lua, which runs as root
---@return instagram.Store? store
---@return string? message
---@return instagram.Error? err
function store.file(path)
  check.argument(path, "path", "store.file", "text")
  return require("instagram.store.file").new(path)
end

--- A Redis server (5 or later), for many machines. How lasting it is depends on the
--- server: see the head of store/redis.lua for `appendfsync` and `maxmemory-policy`.
---@param connect fun(): table client of lua-redis, lua-resty-redis or nginx.redis,
--- connected (and authenticated). Called again when the connection is lost; in
--- OpenResty before each operation, after which the connection goes back to its pool
--- (let it be a pool of its own where others use the server as another user, or another
--- database of it). When it raises or returns nil and why, the operation fails
---@param options { prefix: string? }? what our keys begin with; "instagram:"
---@return instagram.Store
function store.redis(connect, options)
  check.argument(connect, "connect", "store.redis", "function")
  local allowed = check.options({ prefix = "text" }, true)
  options = check.given(options, allowed, "store.redis")
  return require("instagram.store.redis").new(connect, options.prefix or "instagram:")
end

--- A shared dictionary of nginx as lock and cache in front of a lasting store. What is
--- changed through it is seen at once by all workers, what others change in the store
--- behind (a cron job, another machine) after at most 30 seconds; swap and lock always
--- go by the store behind.
---@param name string of the lua_shared_dict, which is for this store only
---@param options { behind: instagram.Store?, volatile: boolean? }? `volatile = true`
--- does without a store behind: everything is lost when nginx stops
---@return instagram.Store
function store.ngx_shared(name, options)
  check.argument(name, "name", "store.ngx_shared", "text")
  local allowed = check.options({ behind = "table", volatile = "boolean" }, true)
  options = check.given(options, allowed, "store.ngx_shared")
  if options.behind then
    store.check(options.behind, "behind", "store.ngx_shared")
  elseif not options.volatile then
    check.fail("store.ngx_shared alone forgets all tokens when nginx stops: give it a "
      .. "store with `behind`, or say `volatile = true`")
  end
  return require("instagram.store.ngx_shared").new(name, options.behind)
end

--- Is it a store? Raises, naming what is missing.
function store.check(value, name, where)
  check.argument(value, name, where, "table")
  for _, method in ipairs(methods) do
    if type(value[method]) ~= "function" then
      check.bad_option(name, where, ("a store has a method '%s'"):format(method))
    end
  end
  return value
end

return store
