-- Lets HAProxy ask narthex before it forwards; haproxy.cfg, in the same folder, says where it is used:
--
--   http-request lua.narthex <address of narthex's /verify> <scheme and host of the application>
--
-- Sets txn.narthex to "passed" for what may pass, and answers everything else itself.

-- Who somebody is. All of them, always: what the client sent under these names is replaced, and removed when narthex
-- has nothing to say.
local IDENTITY = {
  "remote-user",
  "remote-email",
  "remote-name",
  "remote-groups",
  "x-narthex-subject",
  "x-narthex-assertion",
}

-- What narthex needs to know the session, a person from a program, and which page opens a WebSocket.
local ASKED = { "cookie", "accept", "sec-fetch-mode", "x-requested-with", "origin", "sec-websocket-key" }

-- Milliseconds.
local TIMEOUT = 10000

-- The first line of a header; HAProxy counts them from 0.
local function first(headers, name)
  local lines = headers and headers[name]
  return lines and lines[0]
end

-- What narthex is asked.
local function question(txn, application)
  local client = txn.http:req_get_headers()
  local headers = {
    ["x-original-url"] = { application .. txn.sf:pathq() },
    ["x-original-method"] = { txn.sf:method() },
    ["x-forwarded-for"] = { txn.sf:src() },
  }
  for _, name in ipairs(ASKED) do
    local sent = client[name]
    if sent then
      headers[name] = {}
      for at = 0, #sent do
        table.insert(headers[name], sent[at])
      end
    end
  end
  -- haproxy.cfg leaves Upgrade to WebSockets only; those of HTTP/2 have no key yet.
  if first(client, "upgrade") then
    headers["sec-fetch-mode"] = { "websocket" }
  end
  return headers, client
end

-- Whether a person waits for a page: they are shown why, programs get the bare status.
local function is_page(client)
  local mode = first(client, "sec-fetch-mode")
  if mode then
    return mode == "navigate"
  end
  return string.find(first(client, "accept") or "", "text/html", 1, true) ~= nil
end

-- What the application gets: who it is, and the client's cookies without narthex's own.
local function tell(txn, answer)
  for _, name in ipairs(IDENTITY) do
    local value = first(answer, name)
    if value and value ~= "" then
      txn.http:req_set_header(name, value)
    else
      txn.http:req_del_header(name)
    end
  end
  local cookie = first(answer, "cookie")
  if cookie and cookie ~= "" then
    txn.http:req_set_header("cookie", cookie)
  else
    txn.http:req_del_header("cookie")
  end
end

local function refuse(txn, status, location)
  local reply = txn:reply({ status = status })
  reply:add_header("cache-control", "no-store")
  if location then
    reply:add_header("location", location)
  end
  if status == 503 then
    reply:add_header("retry-after", "5")
  end
  txn:done(reply)
end

core.register_action("narthex", { "http-req" }, function(txn, verify, application)
  local headers, client = question(txn, application)
  local answer = core.httpclient():get({ url = verify, headers = headers, timeout = TIMEOUT })
  local location = first(answer.headers, "location")
  if answer.status == 200 then
    tell(txn, answer.headers)
    txn:set_var("txn.narthex", "passed")
  elseif answer.status == 401 and location then
    refuse(txn, 303, location)
  elseif answer.status == 403 and location and is_page(client) then
    refuse(txn, 303, location)
  elseif answer.status == 400 or answer.status == 401 or answer.status == 403 then
    refuse(txn, answer.status)
  else
    -- HAProxy gives 503 for a narthex that is not there.
    refuse(txn, 503)
  end
end, 2)
