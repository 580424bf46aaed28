---@meta instagram.core
--- The C module: requests, tokens and secrets as objects, everything else by the Lua
--- layer above it. For editors; never loaded. Scripts use `instagram`; tokens, secrets
--- and the engine they meet there are these.

---@class instagram.core
---@field _VERSION string "0.1.0"
---@field _CURL string libcurl's version
---@field null lightuserdata JSON null; equal to cjson.null
---@field error_mt table metatable of errors
---@field flavours table<string, instagram.core.Flavour>
local core = {}

---@class instagram.core.Flavour
---@field name string
---@field title string as Meta calls the product
---@field hosts { authorize: string, token: string, graph: string }
---@field paths { authorize: string, token: string, exchange: string, refresh: string }
---@field scopes instagram.core.Scope[]
---@field default_scope string comma list
---@field user_fields instagram.core.Field[]
---@field media_fields instagram.core.Field[]
---@field child_fields instagram.core.Field[] of media in an album
---@field edges instagram.core.Edge[]
---@field window_options { name: string, type: string, note: string? }[]
---@field account_types string[]
---@field user_path_field string
---@field can_publish boolean
---@field max_page integer
---@field default_page integer
---@field max_ids integer

---@class instagram.core.Scope
---@field name string
---@field permission string as token answers name it
---@field required boolean the window refuses without it
---@field default boolean
---@field evidence "D"|"O"|"I"
---@field note string?

---@class instagram.core.Edge
---@field name string the path's last part
---@field on "user"|"media"
---@field fields instagram.core.Field[]? of its items, where they are listed
---@field permission string? comma list
---@field readable boolean GET
---@field writable boolean POST
---@field evidence "D"|"O"|"I"
---@field note string?

---@class instagram.core.Field
---@field name string
---@field type "string"|"number"|"boolean"|"time"|"edge"|"object"
---@field since integer 100*N+M for vN.M; 0: in all versions
---@field default boolean asked for when nobody names fields
---@field evidence "D"|"O"|"I" documented, observed, inferred
---@field note string?

--- Epoch seconds of the system.
---@return number
function core.now() end

--- Seconds from some start; never jumps.
---@return number
function core.monotonic() end

--- Is curl's memory wiped too?
---@return boolean
function core.wipes() end

---@param kind instagram.ErrorKind
---@param message string
---@param fields table? set as they are
---@return instagram.Error
function core.error(kind, message, fields) end

---@param value any
---@return boolean
function core.is_error(value) end

--- Reads JSON as answers are read: nulls absent, ids and integers beyond 2^53 strings.
---@param text string
---@return any value nil, message, err when it is none
function core.json_decode(text) end

--- So many random bytes as base64url.
---@param bytes integer 1 to 1024
---@return string
function core.random_text(bytes) end

--- 22 characters that tell these texts from others.
---@param ... string at most 16
---@return string
function core.hash(...) end

--- The candidate most like the name, nil when none is near.
---@param name string
---@param candidates string[]
---@return string?
function core.nearest(name, candidates) end

---@param path string
---@return instagram.Secret? secret nil, message, err when it cannot be read
function core.secret_file(path) end

---@param name string
---@return instagram.Secret? secret nil, message, err
function core.secret_env(name) end

---@param number integer
---@return instagram.Secret? secret nil, message, err
function core.secret_fd(number) end

--- 32 random bytes.
---@return instagram.Secret
function core.new_key() end

--- The engine of this Lua state. The option counts before the first use only.
---@param options { pollfd: boolean? }?
---@return instagram.core.Engine
function core.engine(options) end

---@param options instagram.AppOptions without now, log
---@return instagram.core.App
function core.app(options) end

--- Gives an app a clock: fn() -> epoch seconds; nil: the system's.
---@param app instagram.core.App
---@param fn (fun(): number)?
function core.set_clock(app, fn) end

--- Bytes that no Lua string holds.
---@class instagram.Secret
---@operator len: integer
local secret = {}

--- The bytes as a Lua string: from here on they are yours to guard.
---@return string
function secret:reveal() end

--- Writes a new file that only its owner can read, in one step. What is there is not
--- overwritten: with a key would go all that was sealed with it.
---@param path string
---@return true? ok nil, message, err
function secret:save(path) end

--- Wipes it. Harmless when repeated.
function secret:close() end

--- Are these two texts the same? In constant time where they are of one size.
---@param a string
---@param b string
---@return boolean
function core.same(a, b) end

--- Encrypts and authenticates a text that is no token (tokens: token:seal).
---@param text string
---@param key string|instagram.Secret
---@param context string it opens under the same context only
---@return string
function core.seal(text, key, context) end

---@param sealed string
---@param key string|instagram.Secret
---@param context string
---@return string? text
---@return string? message
---@return instagram.Error? err kind `sealed`
function core.unseal(sealed, key, context) end

--- What token stores need of files. Failures are of kind `io`.
core.files = {}

---@param path string
---@return string|false|nil bytes false: there is none; nil, message, err
function core.files.read(path) end

--- The file (mode 0600) has these bytes or what it had before, whenever the machine
--- stops.
---@param path string
---@param bytes string
---@param lasting boolean? false: without waiting for the disk
---@return true? ok nil, message, err
function core.files.replace(path, bytes, lasting) end

---@param path string
---@param lasting boolean?
---@return true? ok nil, message, err; no failure when there is none
function core.files.remove(path, lasting) end

---@param path string mode 0700; one that is there will do
---@return true? ok nil, message, err
function core.files.make_folder(path) end

---@param path string
---@return string[]? names nil, message, err
function core.files.list(path) end

--- Never waits. Held until lock:release(), its collection or the end of the process.
---@param path string of a file that is only there to be locked
---@return { release: fun(self) }|false|nil lock false: another holds it; nil, message,
--- err
function core.files.lock(path) end

---@return integer number of this process: another one after a fork
function core.files.process() end

--- Moves all transfers, with their retries and timers.
---@class instagram.core.Engine
local engine = {}

--- Does all work that is ready; waits at most so many seconds for a request to be done,
--- or to get on. Raises when the process was forked since.
---@param seconds number? 0
---@return integer pending requests that are not done
function engine:step(seconds) end

--- Seconds until it wants a step even when nothing arrives; nil: never.
---@return number?
function engine:timeout() end

--- One descriptor to watch for reading; nil where there is none.
---@return integer?
function engine:pollfd() end

--- What to watch it for.
---@return "r"
function engine:events() end

---@return integer pending requests that are not done
function engine:pending() end

--- Ends what is under way as cancelled; the next call makes a new engine.
function engine:close() end

--- A call under way.
---@class instagram.core.Request
local request = {}

---@return boolean
function request:done() end

--- Done, or new bytes since this was last asked.
---@return boolean
function request:ready() end

--- Once, when it is done: what the call gives, or nil, message, err.
---@return any ...
function request:result() end

--- Ends it as cancelled, unless it is done.
function request:cancel() end

--- Somebody waits for it: only then its times run.
---@param attended boolean
function request:attend(attended) end

---@return integer received
---@return integer? total
function request:progress() end

--- After result(): how often it was sent, and what went wrong before it was sent again.
---@return integer attempts
---@return { kind: string, status: integer, code: integer, wait: number }[]? notes
function request:attempts() end

--- After result(): the server's clock as its answer said it.
---@return number? epoch seconds
function request:date() end

--- Cancels and frees.
function request:close() end

--- An access token. Its text never becomes a Lua string but by `reveal`.
---@class instagram.Token
local token = {}

---@return "short"|"long"|"unknown"
function token:kind() end

---@return string?
function token:user_id() end

--- Epoch seconds, whole; nil when it is not known.
---@return number?
function token:expires_at() end

--- Epoch seconds, whole; nil when it is not known.
---@return number?
function token:obtained_at() end

--- Whole seconds, 0 when it is over; nil when it is not known.
---@param now number?
---@return number?
function token:expires_in(now) end

---@param now number?
---@return boolean? expired nil when it is not known
function token:expired(now) end

--- May it be refreshed now? (Long-lived, a day old, not expired.)
---@param now number?
---@return boolean? answer nil when its age is not known
---@return string? why not
function token:refreshable(now) end

--- Did the last refresh make it live longer? Instagram may answer well and not do so.
---@return boolean? extended nil before a refresh
function token:extended() end

---@return string[]? names nil when no answer said
function token:permissions() end

--- When the person's grant ends, which no call tells: an estimate.
---@return number? earliest epoch seconds
---@return number? latest
function token:permissions_expire_at() end

--- The token's text: from here on it is yours to guard.
---@return string
function token:reveal() end

--- Encrypted and authenticated, safe at rest; app:unseal opens it.
---@param key string|instagram.Secret 32 bytes, or their hex or base64url form
---@param context string? what it shall be bound to beside the app: it opens under the
--- same only
---@return string
function token:seal(key, context) end

--- Whose token it looks like, by its first letters.
---@return "basic_display"|"instagram_login"|"facebook"|nil
function token:family() end

--- Wipes it. Harmless when repeated; everything else raises from here on.
function token:close() end

--- Starts calls; each returns its request at once.
---@class instagram.core.App
local app = {}

---@return string
function app:flavour() end
---@return string
function app:client_id() end
---@return string?
function app:redirect_uri() end
---@return string?
function app:version() end
---@return string?
function app:base_url() end
function app:close() end

---@param options table scope (comma list), state, and the window's own
---@return string url
function app:authorize_url(options) end

---@param text string
---@param state string|false
---@return string? code nil, message, err
function app:read_redirect(text, state) end

---@param options instagram.TokenOptions
---@return instagram.Token
function app:token(options) end

---@param text string
---@param key string|instagram.Secret
---@param context string?
---@return instagram.Token? token nil, message, err
function app:unseal(text, key, context) end

---@param text string
---@param options { now: number?, max_age: number? }?
---@return table? payload nil, message, err
function app:read_signed_request(text, options) end

---@class instagram.core.CallOptions: instagram.CallOptions
---@field now number? epoch seconds; the app's clock when nil
--- do not repeat code 1 and HTTP 500: the caller asks for less
---@field shrinkable boolean?

---@param code string
---@param options instagram.core.CallOptions?
---@return instagram.core.Request request result: a short-lived token
function app:exchange_code(code, options) end

---@param short instagram.Token
---@param options instagram.core.CallOptions?
---@return instagram.core.Request request result: a long-lived token
function app:exchange_token(short, options) end

---@param long instagram.Token
---@param options instagram.core.CallOptions?
---@return instagram.core.Request request result: the same token, updated
function app:refresh_token(long, options) end

---@param with instagram.Token
---@param path string begins with "/", percent-encoded, without version and query
---@param parameters { [1]: string, [2]: string }[]?
---@param options instagram.core.CallOptions?
---@return instagram.core.Request request result: table, { status =, version = }
function app:get(with, path, parameters, options) end

---@param with instagram.Token
---@param path string
---@param parameters { [1]: string, [2]: string }[]?
---@param options instagram.core.CallOptions?
---@return instagram.core.Request
function app:post(with, path, parameters, options) end

---@param with instagram.Token
---@param path string
---@param parameters { [1]: string, [2]: string }[]?
---@param options instagram.core.CallOptions?
---@return instagram.core.Request
function app:delete(with, path, parameters, options) end

---@param url string
---@param options instagram.core.CallOptions?
---@return instagram.core.Request request result: bytes, content type
function app:fetch(url, options) end

---@param url string
---@param path string
---@param options instagram.core.CallOptions?
---@return instagram.core.Request request result: instagram.File
function app:download(url, path, options) end

---@return boolean
function app:has_secret() end

---@return instagram.Usage?
function app:usage() end

return core
