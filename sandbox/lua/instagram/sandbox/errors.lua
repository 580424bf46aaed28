--- Every refusal of the sandbox: one table, each with the evidence it rests on.
-- evidence: "O" observed, "D" documented, "G" observed on Meta's sister hosts or
-- Graph-wide, "I" invented (docs/sandbox.md lists those with their switches).
-- Rules call errors.refuse, the router catches it: one way out, one place that answers.

local clock = require "instagram.sandbox.clock"

local errors = {}

local OAUTH, IG = "OAuthException", "IGApiException"
local gone = " does not exist, cannot be loaded due to missing permissions, or does "
  .. "not support this operation"
local validating = "Error validating access token: "

--- Bodies of graph.instagram.com: {"error":{message,type,[is_transient],code,...}}.
errors.graph = {
  invalid_token = { 400, OAUTH, 190, "Invalid OAuth access token.", "O 2020" },
  cannot_parse_token = { 400, OAUTH, 190,
    "Invalid OAuth access token - Cannot parse access token", "G 2021 and later" },
  session_expired = { 400, OAUTH, 190,
    validating .. "Session has expired on %s. The current time is %s.", "O" },
  session_changed = { 400, OAUTH, 190, validating .. "The session has been invalidated "
    .. "because the user changed their password or Facebook has changed the session "
    .. "for security reasons.", "O" },
  app_removed = { 400, OAUTH, 190,
    validating .. "The user has not authorized application %s.", "G" },
  no_active_token = { 400, OAUTH, 2500, "An active access token must be used to query "
    .. "information about the current user.", "G" },
  token_required = { 400, OAUTH, 104,
    "An access token is required to request this resource.", "G" },
  no_permission = { 403, IG, 10,
    "Application does not have permission for this action", "O" },
  unsupported_request = { 400, IG, 100, "Unsupported request - method type: %s", "O" },
  no_object = { 400, IG, 100, "Unsupported %s request. Object with ID '%s'" .. gone,
    "O", subcode = 33 },
  not_an_id = { 400, IG, 803, "Object with ID '%s'" .. gone, "O; status I" },
  nonexisting_field = { 400, IG, 100, "Tried accessing nonexisting field (%s)",
    "O successor; I Basic Display" },
  unknown_path = { 400, IG, 2500, "Unknown path components: %s",
    "O; 500 reported too" },
  syntax = { 500, IG, 2500, "Syntax error \"%s\" at character %d: %s",
    "O Dymantic/laravel-instagram-feed#23, status #26" },
  parameter_required = { 400, IG, 100, "The parameter %s is required", "O" },
  client_secret = { 400, OAUTH, 100, "Error validating client secret", "O; type I" },
  grant_type = { 400, IG, 100, "The parameter grant_type is invalid", "I" },
  long_lived_exchanged = { 400, OAUTH, 452, "Session key invalid. This could be "
    .. "because the session key has an incorrect format, or because the user has "
    .. "revoked this session", "I" },
  too_young = { 400, IG, 100,
    "The access token is less than 24 hours old and cannot be refreshed", "I" },
  private_refresh = { 400, IG, 100,
    "Access tokens of private accounts cannot be refreshed", "I" },
  bad_metric = { 400, IG, 100,
    "metric[%d] must be one of the following values: %s", "G; I this host" },
  bad_period = { 400, IG, 100, "The parameter period must be one of: day", "I" },
  bad_range = { 400, IG, 100, "There cannot be more than 30 days between since and "
    .. "until", "G; I this host" },
  few_viewers = { 400, IG, 10,
    "Not enough viewers for the media to show insights", "D; status I" },
  bad_limit = { 400, IG, 100, "The parameter limit must be a number", "I" },
  limit_range = { 400, IG, 100, "The parameter limit must be from 1 to %d", "I" },
  bad_cursor = { 400, IG, 100, "Invalid cursors values were provided", "I" },
  too_many_ids = { 400, IG, 100, "Too many IDs. Maximum: %d. Provided: %d.", "G" },
  app_limit = { 403, OAUTH, 4, "Application request limit reached", "G",
    transient = true },
  user_limit = { 400, OAUTH, 17, "(#17) User request limit reached", "D code; text G",
    subcode = 2446079 },
  page_limit = { 400, OAUTH, 32, "(#32) Page request limit reached", "D" },
  custom_limit = { 400, OAUTH, 613,
    "(#613) Calls to this api have exceeded the rate limit.", "D code; text G",
    subcode = 1996 },
  business_limit = { 400, OAUTH, 80002,
    "(#80002) There have been too many calls to this Instagram account. Wait a bit and "
    .. "try again.", "D code; text I" },
  unknown = { 500, OAUTH, 1, "An unknown error has occurred.", "G" },
  reduce_data = { 500, OAUTH, 1, "Please reduce the amount of data you're asking for, "
    .. "then retry your request", "G" },
  transient = { 500, OAUTH, 2,
    "An unexpected error has occurred. Please retry your request later.", "O",
    transient = true },
  deactivated = { 400, OAUTH, 200,
    "API access deactivated. To reactivate, go to the app dashboard.", "O" },
  deactivated_200 = { 200, OAUTH, 200,
    "API access deactivated. To reactivate, go to the app dashboard.", "O" },
  blocked = { 400, OAUTH, 200, "API access blocked.", "O" },
  disrupted = { 400, OAUTH, 200, "API access disrupted. Go to the App Dashboard and "
    .. "complete Data Use Checkup.", "O message; rest I" },
  policy = { 400, OAUTH, 368, "The action attempted has been deemed abusive or is "
    .. "otherwise disallowed", "D code; text G" },
}

--- Bodies of api.instagram.com: {"error_type": ..., "code": 400, "error_message": ...}.
errors.flat = {
  missing_field = { "Missing required field %s", "O client_id; I others" },
  platform_app = { "Invalid platform app", "O" },
  invalid_code = { "Invalid authorization code", "O" },
  code_used = { "This authorization code has been used", "O" },
  code_expired = { "This authorization code has expired", "I" },
  verification = { "Error validating verification code. Please make sure your "
    .. "redirect_uri is identical to the one you used in the OAuth dialog request",
    "O" },
  flat_client_secret = { "Error validating client secret", "O one guide" },
  flat_grant_type = { "Invalid grant_type", "I" },
  wrong_host = { "Sorry, this page isn't available.", "I", -- see hosts.lua
    status = 404 },
}

--- Refusals the Authorization Window shows to the person, never to the app.
errors.window = {
  window_platform_app = { "Invalid platform app", "O" },
  window_client_id = { "Missing required field client_id", "O at the token endpoint" },
  window_redirect_uri = { "Invalid redirect_uri", "O" },
  window_response_type = { "Invalid response_type", "I" },
  window_scope = { "Invalid scope: %s", "O" },
  window_no_scopes = { "No valid scopes requested", "O" },
  window_role = { "Insufficient developer role", "O" },
  -- By a fault alone: no page without scripts can tell that it is a popup.
  window_session = { "Session Invalid", "O trypostit/trypost#3; rest I" },
}

local refusal_mt = { __tostring = function(self) return self.message end }

local function graph_refusal(entry)
  return { shape = "graph", status = entry[1], type = entry[2], code = entry[3],
    text = entry[4], subcode = entry.subcode, transient = entry.transient }
end

local function make(name)
  local entry = errors.graph[name]
  if entry then return graph_refusal(entry) end
  entry = errors.flat[name]
  if entry then
    return { shape = "flat", status = entry.status or 400, text = entry[1] }
  end
  if errors.window[name] then
    return { shape = "window", status = 400, text = errors.window[name][1] }
  end
  error("no refusal named " .. tostring(name))
end

--- True when a refusal of that name exists (faults and settings name them).
function errors.known(name)
  return (errors.graph[name] or errors.flat[name] or errors.window[name]) ~= nil
end

--- A refusal as a value.
---@param name string  a key of the tables above
---@param reason string|nil  plain words for the journal
---@param ... any  what its text is filled with
function errors.new(name, reason, ...)
  local refusal = make(name)
  refusal.name, refusal.reason = name, reason
  refusal.message = string.format(refusal.text, ...)
  return setmetatable(refusal, refusal_mt)
end

-- What fills the texts of refusals that were ordered (faults, refuse_all).
local examples = {
  app_removed = { "0" }, unsupported_request = { "get" }, no_object = { "get", "0" },
  not_an_id = { "name" }, nonexisting_field = { "name" }, unknown_path = { "/name" },
  syntax = { "Expected end of string instead of \",\".", 0, "," },
  bad_metric = { 0, "reach" }, parameter_required = { "name" }, limit_range = { 100 },
  too_many_ids = { 50, 51 },
  missing_field = { "name" }, window_scope = { "[]" },
}

--- A refusal that was ordered rather than deserved.
---@param now number  the clock
function errors.ordered(name, reason, now)
  if name == "session_expired" then
    return errors.new(name, reason, clock.pacific(now - 3600), clock.pacific(now))
  end
  local fill = examples[name] or {}
  return errors.new(name, reason, fill[1], fill[2], fill[3])
end

--- Refuses the request at hand: raises the refusal, which the router answers with.
function errors.refuse(name, reason, ...)
  error(errors.new(name, reason, ...), 0)
end

--- True for a value raised by errors.refuse.
function errors.is(value) return getmetatable(value) == refusal_mt end

return errors
