/** Strategies that were published in Geneva's notation: its library, its mock censors', the papers' of 2019 to 2021, and users' own. */
export const PUBLISHED: readonly string[] = String.raw`
\/
[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:10}(tamper{TCP:chksum:replace:25776},),)-
[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:10}(tamper{IP:ttl:replace:10},),)-
[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:10}(tamper{TCP:flags:replace:FRAPUN},),)-
[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:10}(tamper{TCP:ack:corrupt},),)-
[TCP:flags:PA]-duplicate(tamper{TCP:options-wscale:corrupt}(tamper{TCP:dataofs:replace:8},),)-
[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{TCP:chksum:corrupt},),)-
[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{IP:ttl:replace:8}(duplicate(fragment{tcp:-1:False},),),),)-
[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{TCP:ack:corrupt}(duplicate(fragment{tcp:-1:False},),),),)-
[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R}(tamper{TCP:chksum:corrupt},))-
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:R}(tamper{TCP:chksum:corrupt},),)-
[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R}(tamper{IP:ttl:replace:10},))-
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:R}(tamper{IP:ttl:replace:9},),)-
[TCP:flags:A]-duplicate(,tamper{TCP:options-md5header:corrupt}(tamper{TCP:flags:replace:R},))-
[TCP:flags:A]-duplicate(tamper{TCP:options-md5header:corrupt}(tamper{TCP:flags:replace:RA},),)-
[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:RA}(tamper{TCP:chksum:replace:27925},))-
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:RA}(tamper{TCP:chksum:replace:27925},),)-
[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:RA}(tamper{IP:ttl:replace:10},))-
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:RA}(tamper{IP:ttl:replace:10},),)-
[TCP:flags:A]-duplicate(tamper{TCP:options-md5header:corrupt}(tamper{TCP:flags:replace:R},),)-
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:RA}(tamper{TCP:ack:corrupt},),)-
[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:RA}(tamper{TCP:ack:corrupt},))-
[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:FRAPUEN}(tamper{TCP:chksum:corrupt},))- 
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:FRAPUEN}(tamper{TCP:chksum:corrupt},),)-
[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:FREACN}(tamper{IP:ttl:replace:10},))-
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:FRAPUEN}(tamper{IP:ttl:replace:10},),)-
[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:FRAPUN}(tamper{TCP:options-md5header:corrupt},))-
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:FRAPUEN}(tamper{TCP:options-md5header:corrupt},),)-
[TCP:flags:A]-tamper{TCP:load:replace:a5z2}(tamper{TCP:flags:replace:CN},)-
[TCP:flags:PA]-fragment{tcp:8:False}-|[TCP:flags:A]-tamper{TCP:seq:replace:2258679050}-
[TCP:flags:PA]-fragment{tcp:8:False}-| [TCP:flags:A]-tamper{TCP:seq:replace:2258679050}(tamper{TCP:flags:replace:PA},)-
[TCP:flags:PA]-fragment{tcp:8:True}(,fragment{tcp:4:True})-
[TCP:flags:PA]-fragment{tcp:4:True}(,fragment{tcp:19:True})-
[TCP:flags:PA]-duplicate(tamper{TCP:flags:replace:F}(tamper{IP:len:replace:68},),)-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:flags:replace:FREC}(duplicate,),tamper{TCP:flags:replace:FSEC})-| \/
\/ [UDP:sport:53:2]-drop-
[TCP:options-altchksum:]-tamper{TCP:options-uto:corrupt}(duplicate,)-| \/
[TCP:options-mss:]-tamper{TCP:options-md5header:corrupt}-| \/
[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:9},)-| \/
[TCP:flags:PA]-duplicate(tamper{IP:len:replace:64},)-|
[TCP:flags:PA]-fragment{tcp:-1:True}-|
[TCP:flags:SA]-tamper{TCP:window:replace:98}-|
[TCP:flags:PA]-duplicate(tamper{IP:len:replace:78},)-|
[TCP:flags:S]-duplicate(,tamper{TCP:load:corrupt})-|
[TCP:flags:S]-duplicate(tamper{TCP:flags:replace:SA},)-|
[TCP:flags:A]-tamper{TCP:flags:replace:F}-| \/
[TCP:flags:A]-duplicate(tamper{TCP:seq:corrupt}(tamper{TCP:flags:replace:R},),)-| \/
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:R}(tamper{TCP:chksum:corrupt},),)-| \/
\/ [TCP:dataofs:5]-drop-|
\/ [TCP:flags:R]-drop-|
\/ [TCP:window:8192]-drop-|
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:R}(tamper{TCP:chksum:replace:14239},),duplicate(tamper{TCP:flags:replace:S}(tamper{TCP:chksum:replace:14239},),))-| \/
[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:R}(tamper{TCP:chksum:replace:15239},),duplicate(tamper{TCP:flags:replace:S}(tamper{TCP:seq:corrupt}(tamper{TCP:chksum:corrupt},),),))-| \/
[TCP:flags:A]-tamper{TCP:dataofs:replace:0}-| \/
[TCP:flags:A]-duplicate(tamper{TCP:dataofs:replace:0},)-| \/
[TCP:options-sack:]-fragment{tcp:-1:False}(,fragment{tcp:-1:True:5})-|
[TCP:options-timestamp:]-fragment{tcp:5:True:2}-|
[TCP:options-sackok::4]-fragment{tcp:57:True}(,fragment{tcp:-1:True:5})-| [TCP:chksum:55606]-fragment{tcp:-1:False:16}-|
[TCP:reserved:0]-fragment{tcp:42:True}(,tamper{TCP:chksum:corrupt})-|
[TCP:options-timestamp:]-fragment{tcp:54:True:40}(tamper{TCP:options-nop:replace:},)-|
[TCP:options-nop::4]-fragment{tcp:54:True:40}(tamper{TCP:options-nop:corrupt},duplicate)-|
[TCP:options-nop::4]-fragment{tcp:54:True:40}-|
[TCP:options-timestamp:]-fragment{tcp:30:True}(,fragment{tcp:-1:True})-|
[TCP:reserved:0]-fragment{tcp:42:True}(,fragment{tcp:4:True}(,tamper{TCP:options-uto:replace:151}))-| [TCP:reserved:0]-duplicate-|
[TCP:options-nop:]-fragment{tcp:58:True}(duplicate,)-| [TCP:options-altchksumopt:]-fragment{tcp:-1:False}-|
[TCP:flags:SA]-duplicate(tamper{TCP:flags:replace:R},tamper{TCP:flags:replace:S})-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:flags:replace:S},duplicate(tamper{TCP:flags:replace:S}(tamper{TCP:load:corrupt},),))-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:ack:corrupt},)-| \/
[TCP:flags:SA]-duplicate(duplicate(duplicate(tamper{TCP:load:corrupt},),),)-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:ack:corrupt}(tamper{TCP:load:corrupt},),)-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:load:corrupt},duplicate(tamper{TCP:flags:replace:S},))-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:flags:replace:F}(tamper{TCP:load:corrupt},),)-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:flags:replace:R}(tamper{TCP:chksum:corrupt},),)-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:flags:replace:},)-| \/
[TCP:flags:SA]-tamper{TCP:window:replace:10}(tamper{TCP:options-wscale:replace:},)-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:load:replace:GET%20/%20HTTP1.},)-| \/
[TCP:flags:SA]-duplicate(duplicate(tamper{TCP:load:replace:GET%20/%20HTTP1.},),)-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:flags:replace:FRAPUN}(tamper{TCP:seq:corrupt},),)-| \/
[TCP:flags:SA]-duplicate(tamper{TCP:load:corrupt}(duplicate(duplicate,),),duplicate)-| \/
[IP:version:4]-fragment{ip:-1:True}-| \/
[IP:version:4]-fragment{ip:3:False:2}-| \/
[IP:ttl:64]-duplicate(tamper{IP:ttl:replace:3},)-| \/
[IP:proto:6]-tamper{IP:tos:replace:8}-| \/
[IP:flags:DF]-tamper{IP:flags:replace:MF}-| \/
[IP:flags:DF]-tamper{IP:flags:replace:MF+DF}-| \/
[IP:dst:198.18.3.2]-duplicate(tamper{IP:dst:replace:198.18.3.9},)-| \/
[UDP:dport:53]-duplicate(tamper{UDP:chksum:corrupt},)-| \/
[UDP:dport:443]-fragment{ip:8:True}-| \/
[UDP:dport:443:1]-duplicate(tamper{UDP:load:corrupt},)-| \/
[DNS:qr:0]-tamper{DNS:qd:compress}-| \/
[DNS:qdcount:1]-tamper{DNS:ancount:replace:32}-| \/
[DNS:ancount:0]-tamper{DNS:arcount:replace:1}-| \/
[DNSQR:qtype:1]-tamper{DNSQR:qname:replace:example.org.}-| \/
[DNSQR:qname:blocked*]-tamper{DNSQR:qclass:replace:3}-| \/
[TCP:flags:PA:1]-sleep{0.5}(fragment{tcp:2:True},)-| \/
[TCP:flags:PA:-2]-drop-| \/
[TCP:flags:A*]-duplicate-| \/ [TCP:flags:R*]-drop-|
[TCP:load:GET*]-tamper{TCP:load:replace:GET%20/%20HTTP/1.1%0D%0AHost%3A%20example.org%0D%0A%0D%0A}-| \/
[TCP:sport:40000]-tamper{TCP:seq:add:-10000}-| \/ [TCP:ack:1]-tamper{TCP:window:add:100}-|
[TCP:urgptr:0]-tamper{TCP:urgptr:replace:5}(tamper{TCP:flags:replace:PAU},)-| \/
"[TCP:flags:PA]-duplicate(tamper{TCP:options-mss:replace:100},)-| \/"
[TCP:dport:443]-send-| \/ [TCP:flags:SA]-send-|
`
  .split('\n')
  .filter((line) => line !== '');
