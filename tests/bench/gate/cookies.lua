-- wrk: each request with a session chosen at random from the file named by COOKIES, as nginx would ask.
local cookies = {}
for line in io.lines(os.getenv("COOKIES")) do cookies[#cookies + 1] = line end
math.randomseed(os.time())
request = function()
    wrk.headers["Cookie"] = "narthex=" .. cookies[math.random(#cookies)]
    return wrk.format("GET", wrk.path)
end
