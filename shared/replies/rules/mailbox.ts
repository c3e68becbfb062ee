/**
 * Wordings about the mailbox: it is missing, closed or full. Only these may lead to `invalid`, and replies/classify.ts
 * lets them count at RCPT alone, and with a 5yz code except for a full one.
 *
 * The phrases are families, subject and finding, as the mail servers of SOURCES word them, not lists of samples.
 * `MAILBOX_FIRST` holds wordings that other rows would misread; `MAILBOX_PLAIN` is unmistakable; `MAILBOX_LIKELY` is
 * only believed if nothing in the reply is about us (GMX opens every refusal with `mailbox unavailable`). Wordings in
 * other languages: languages.ts.
 */
import { phrases, type RuleRow } from '../rule.ts';
import { OF_THE_SERVICE } from './server.ts';

const SEEN = '2026-11';
const SOURCES =
  'Postfix, Exim, Sendmail, qmail, Exchange, Courier, Cyrus, Dovecot, MDaemon, CommuniGate, Domino sources and manuals';

/** Servers' nouns for a mailbox. */
const MAILBOX =
  '(user|users|recipient|recipients|mailbox|mailboxes|inbox|account|accounts|addressee|customer|alias|aliases|client id|username|user name|userid|local part|local-part|localpart|mail account|email account|member|subscriber|employee|student|people|identity|destination address|destination mailbox|recipient address|email address|mail address|addresses|address|rcpt|person|login|target address|envelope recipient|forward path|forward-path|mail drop|maildrop|list)';

/** Verbs for a mailbox that does not exist. */
const MISSING =
  '(unknown( to| in| here| user| recipient| address| at| on| locally| for| by)?|(not|never|couldnt|isnt|wasnt|cant|hasnt)( be| been| a| an)?( currently)? (found|known|exist|exists|existed|existing|existent|recogni[sz]ed|registered|located|defined|matched|configured|resolved|provisioned|assigned|allocated|created|hosted here|served here|local|local one|here|listed|present|on file|one of (ours|our [^ ]+)|in (our|the|my) (records|system|systems|files)|on (this|our|the) (server|system|host))|(does not|doesnt|do not|dont|does no|did not|didnt|no longer|wont|may not|might not)( currently| appear to| seem to)? (exist|exists|live here|work here|reside|match|appear|resolve to)|nonexistent|non existing|doesnt exists?|doesnot exist|doesn t exist|does not exists|no exist|non existent|no longer (valid|here|with|works|employed|on|at|a|known|exists|available here|hosted|registered|present)|isnt? (a )?(valid|real|known)|not (a |an )?(valid|real|existing|known|correct|current)( [^ ]+)? ?(user|recipient|mailbox|account|address|alias|email|email address|one)?|invalid|unrouteable|unrecogni[sz]ed|undefined|misspelled|mistyped|unallocated|unassigned|nonextant|deleted|removed|incorrect|(is|are|was) (wrong|bad|gone)|has left|(has |have )?moved|no such|not a member( of| here| in)?|no longer an? (employee|customer|user|member|valid))';

/** Adjectives of the same meaning that stand before the subject. */
const NO_SUCH =
  '(unknown|invalid|bad|nonexistent|non existing|incorrect|wrong|misspelled|deleted|unrecogni[sz]ed|unrouteable|illegal|no such|no valid|not found|undefined|no known|no matching|no( such)? local|(not|isnt) an? (valid|known|registered|recogni[sz]ed|listed|working|current|existing|active))( or [^ ]+| and [^ ]+)?';

/** Words between such an adjective and the subject. */
const OF_KIND =
  '((local|virtual|email|mail|destination|recipient|target|smtp|envelope|internal|domino|system|user|mailbox|final|delivery|to) ){0,2}';

/** The owner of the quota, if it is not ours. */
const ITS = '((the|its|his|her|their|allowed|maximum|storage|disk|mail|email|mailbox|user|account|space) ){0,3}';

/** Parties that close a mailbox of their own domain; a block by any other party is a block of us. */
const THEIR_OWN =
  '(the |our |its )?((system|mail|domain) )?(abuse|admin|administrator|administrators|postmaster|owner)';

export const MAILBOX_FIRST: readonly RuleRow[] = [
  {
    // cPanel says this of the sender as well as of the recipient, and names three possible faults of either.
    id: 'account-or-domain-missing',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases('(account|user|mailbox) or domain may not exist', 'could not deliver mail to addr$~account'),
    unless: phrases('senders?', 'verification failed for'),
    class: 'domain_not_found',
    sample:
      '550-The mail server could not deliver mail to ada@example.org. The account\n550 or domain may not exist, or they may be blacklisted.',
    source: 'cPanel Exim acl_check_recipient',
    seen: SEEN,
  },
  {
    // The reply to every name that a `virtual` table does not hold; a loop in the table gets the same, and delivers as
    // little.
    id: 'opensmtpd-expands-to-nobody',
    provider: null,
    stages: ['rcpt'],
    codes: [524],
    text: phrases('mailing list expansion problem'),
    class: 'mailbox_not_found',
    sample: '524 5.2.4 Mailing list expansion problem: <ada@example.org>',
    source: 'OpenSMTPD 6.8 lka_session.c, and seen from Debian 12',
    seen: SEEN,
  },
  {
    // Without the status the words refuse to relay.
    id: 'mailbox-not-our-customer',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    enhanced: ['1.1'],
    text: phrases('(not|isnt) (one of )?our customers?'),
    class: 'mailbox_not_found',
    sample: '550 5.1.1 Not our Customer',
    source: 'Comcast, in Postfix logs',
    seen: SEEN,
  },
  {
    id: 'verified-undeliverable',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      'undeliverable address~said [^ ]+~(unknown|not found|exist|exists|invalid|no such|no mailbox|unavailable|rejected)',
    ),
    unless: phrases(
      'said~(host|client|relay|sender|helo|spf|blocked|rbl|spam|policy|denied|blacklist[^ ]*|listed|reputation|ptr|reverse|full|quota|relaying|banned)',
      'blocked using',
    ),
    class: 'mailbox_not_found',
    sample:
      '550 5.1.1 <ada@example.org>: Recipient address rejected: undeliverable address: host mx.example.org[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)',
    source: 'Postfix smtpd_check.c (reject_unverified_recipient)',
    seen: SEEN,
  },
  {
    id: 'callout-refused-recipient',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      '(callout|call-?forward|recipient|recipient address|rcpt|address) (verification|verify|validation)( check| from [^ ]+)?( has)? (failed|failure|fail|unsuccessful)|failed recipient (verification|validation)',
      '(recipient|user|mailbox) (cant|could not|couldnt|can not) be verified',
      '(recipient|user|mailbox) (not|un) ?verified',
    ),
    unless: phrases(
      'sender',
      'unable to',
      'temporar[^ ]*',
      'try again',
      'said~(blocked|listed|spam|policy|denied|blacklist[^ ]*)',
      'full|quota|overquota',
      'connect|connections?|reach|answer|respon[^ ]*|database|timeout|timed out|network|backend|problem|defer[^ ]*|complete',
      'relay',
    ),
    class: 'mailbox_not_found',
    sample: '550-Callout verification failed:\n550 550 No such user',
    source: 'Exim spec §44.44 (verify = recipient/callout); SpamExperts',
    seen: SEEN,
  },
  {
    id: 'mailbox-should-log-in',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      '(user|recipient|owner)~(should|must|needs to) (log|sign) ?in~(enable|activate|receive|reactivate|mail)',
      '(log|sign) ?in to (enable|activate|receive|reactivate)',
      'no~activity|noactivity|inactivity|no activity|never logged (on|in|into|onto)',
    ),
    unless: phrases('inactivity timeout', 'connection', 'senders?|your'),
    class: 'mailbox_disabled',
    sample: '554 5.7.1 The user should log in to enable receiving mail',
    source: 'observed at free-mail providers',
    seen: SEEN,
  },
  {
    id: 'mailbox-full-status',
    provider: null,
    stages: ['rcpt'],
    codes: [4, 5],
    enhanced: ['2.2'],
    text: phrases(
      '[^ ]*(quota|quote|full|space|storage|size|limit|exceed[^ ]*|capacity|voll|pleine|llen[oa]|chei[oa]|pien[oa])',
    ),
    unless: phrases('(sending|senders?|hourly|daily|outbound|outgoing|rate|your|system|message size)'),
    class: 'mailbox_full',
    sample: '452 4.2.2 Not enough space left',
    source: 'RFC 3463 §3.3 (X.2.2)',
    seen: SEEN,
  },
];

export const MAILBOX_PLAIN: readonly RuleRow[] = [
  {
    id: 'mailbox-full',
    provider: null,
    stages: ['rcpt'],
    codes: [4, 5],
    text: phrases(
      `over ?-?${ITS}(quota|quote)|(reached|hit|exhausted|used up|used all of) ${ITS}(quota|capacity|(storage|mailbox|size|space) limit)`,
      '(mailbox|inbox|account)~(reached|hit|over) (the|its|his|her|their)( [^ ]+)? limit|low on (space|storage)|user has too many messages',
      'overquota|over-quota|quota-?full|mailboxfull|mailfull|inboxfull|quotaexceeded|mailbox-full|quota violation|extended quota',
      '(quota|storage|disk space|storage space|mailbox space|storage limit|disk quota|space)~(exceed[^ ]*|is over|over|full|reached|used up|exhausted|overdrawn|overflow|violation|violated)',
      'exceed(s|ed|ing)?~(quota|storage|mailbox|mailbox size|inbox|disk space|size limit of mailbox|space)',
      'storage allocation|storage limit|exhausted~(storage|quota|space)|(not enough|insufficient) (mail )?storage space',
      '(mailbox|mailboxes|inbox|account|maildir|mail folder|mailfolder|mail box|email box|box|user|recipient|recipients|addressee|customer|subscriber|mail spool|mail drop|maildrop|addr$|folder|mail storage|post ?box)~(full|exceed|exceeds|exceeded|has no (space|room)|too (large|big|full)|crowded|overfull|at (its |the )?(limit|capacity)|out of (space|storage|room)|overdrawn)',
      'mailbox~(size|limit|limits|space)~(exceeded|reached|exceeds|over)',
      'full (mailbox|inbox|maildir|mail box|account)',
      'out of (storage|space|disk space|room|quota)',
      '(mailbox|account|user|inbox|recipient|maildir|disk)~(space|room|storage) (is )?(not enough|insufficient|low|exhausted|used up|lacking)',
      'automatically rejected (not enough|insufficient) disk space',
      '(not able to|unable to|cant|can not) receive any more|(not able to|unable to|cant|can not) receive more (mail|emails?|messages)',
      '(no|not enough|insufficient|not sufficient|lack of|without|hasnt|has no|have no|does not have)~(space|storage|room|disk|quota)~(mailbox|account|user|users|inbox|recipient|recipients|for addr$|left in|folder|mail box)',
      '(mailbox|account|user|inbox|recipient|recipients|addr$)~(no|not enough|not have enough|doesnt have enough|insufficient|sufficient|lack|lacks|out of)~(space|storage|room|disk)',
      'over (the )?(maximum )?(allowed|permitted) (number|mailbox|quota|size|space|storage)|(does not|doesnt|not) have enough (disk )?space',
      '(reached|hit|exceeded|at) (the |its |his |her |their )?maximum (mailbox|inbox|storage|quota|account)( size| limit)?',
      'allowed message count|too many (messages|mails|emails) (in|on|stored)|mailbox~too many|too much mail data',
    ),
    unless: phrases(
      'message (size|is too|too) [^ ]+',
      'message exceeds~(size|maximum|limit)',
      'system storage',
      '(recipients?|unknown|connections?) count exceeded',
      'no space left on device',
      'full(y)? (bounce|mail) ',
      'archive full',
      'full of',
      '(server|system|partition|filesystem|queue|device)( storage| disk| space)?( is)? full',
      '(sender|senders)( account| mailbox| storage| disk)?( is| has)? (over|exceeded|full|reached|quota)',
    ),
    class: 'mailbox_full',
    sample: '552 <ada@example.org>: Mailbox is full, user is over quota',
    source: 'RFC 3463 §3.3 (X.2.2); Dovecot, Cyrus, Exchange, Gmail',
    seen: SEEN,
  },
  {
    id: 'mailbox-disabled',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      `(${MAILBOX.slice(1, -1)}|box|addr$|mail receiving|user or domain)~(disabled|suspended|deactivated|de-activated|inactive|inactivated|not (yet |currently )?(active|activated|enabled)|frozen|locked|terminated|closed|cancell?ed|discontinued|retired|archived|dormant|abandoned|obsolete|decommissioned|shut down|turned off|out of service|paused|banned permanently|expired|unsubscribed|(not|no longer) in (use|service)|no longer (active|used|available|accept[^ ]*|receiv[^ ]*|monitored|maintained|supported|operational)|not accepting (any )?(mail|mails|messages|email|emails)|not currently accepting|not receiving|not able to receive|(is )?not accepting any|isnt active|has been blocked|is blocked|is barred|barred|inactive email)`,
      '(account|user account|email account|recipient account|user|recipients account)~(unavailable|not available|is unavailable|blocked|block|on hold)',
      `(disabled|suspended|deactivated|inactive|locked|closed|frozen|expired|terminated|discontinued|retired|cancell?ed) ${OF_KIND}(?!(login|list) )${MAILBOX}`,
      '(blocked|locked) (recipient |email |mail |user )?(account|mailbox)|mailbox (is )?(blocked|on hold)',
      '(user|mailbox|account|recipient|address|addr$|alias)( [^ ]+)? (doesnt|does not) (accept|receive) (any )?(mail|mails|messages|email|emails)(?! (from|over|for|sent))',
      '(addr$|address|mailbox|account|alias)( is)? (not|no longer) used',
      '(not|no longer)( currently)?( being)? (accepted|accepting|delivered|delivering)~(this|that|the) (mailbox|account|user|address|recipient)',
      '(has not|hasnt|have not|not) (entered|logged (in|on|into)|been used)~(last|past|for|since|days|months)|never logged (in|on|into|onto)',
      'is (inactive|deactivated) (on|at|in) (this|our) (domain|server|system)|deactivated (due|because)',
      '(user|mailbox|account|recipient)~(cant|is unable to|not able to|can not|not allowed to|not permitted to) receive (any |external )?(mail|mails|email|emails|messages)',
      '(recipient|user|owner|customer|subscriber)~suspend(ed)? (the |this )?(service|account|mailbox)|user (hangup|hung up)|archived recipient|recipient archived|account expired|user terminated|no longer accepts mail|no longer receives|address no longer(?! (valid|exists?|known|found|here))',
    ),
    unless: phrases(
      `(blocked|locked|closed|suspended|banned)~(by(?! ${THEIR_OWN})|using|for spam|sending|you|your|see|because of your|from you)`,
      '(accept|accepting|accepts|available|accepted)~(from|with|without|unless|over|except|for (delivery|this sender))',
      'domains (is |are |were )?(suspended|locked|closed|expired|disabled)',
      'not our customer',
      'mailing list|closed list|members? only|subscribers? only',
      'sender',
      'relay',
      'connection[^ ]*',
      'vrfy|expn|session',
      'senders',
      'from (you|your|external|outside|unknown|foreign|outsiders)',
      'user (agent|defined|interface|policy|state|limit)',
      'non-?members?|closed to|closed group',
      'from (this|that|the) (host|server|domain|ip|client)',
      '(they|we) are not accepting',
      '(message|mail|email|account) sending|sending (from|for|by|privileges?|rights?)|(from|for|to) send(ing)?',
      'unavailable~access denied',
      'mailbox unavailable',
      '(service|system|server|database|directory|lookup|greylist[^ ]*)~(unavailable|not available|disabled|suspended)',
      '(mail|message|email|delivery|(?<!or )domain) (is |was |has been |have been )?(suspended|locked|closed|expired|disabled|cancell?ed|terminated|discontinued|frozen)',
    ),
    class: 'mailbox_disabled',
    sample: '550 5.2.1 The email account that you tried to reach is disabled.',
    source: 'RFC 3463 §3.3 (X.2.1); Gmail, Exchange, QQ, mail.ru',
    seen: SEEN,
  },
  {
    id: 'mailbox-not-found',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      `${MAILBOX}~${MISSING}`,
      `${NO_SUCH} ${OF_KIND}(${MAILBOX.slice(1, -1)}|destination|email|contact|here|one|name here|id here)`,
      `no ${OF_KIND}(?!(login|list|person) )${MAILBOX}~(by|with|at|named|called|here|found|of|matching|that name)`,
      'no (mailbox|mailboxes|user|users|account|accounts|recipient|recipients|one|person|email account|customer|address|mail box|inbox|record|entry|such person|members?|aliases|alias|body|mapping|match|matches)~(by|with|at|named|called|here|found|for|of|on|like|matching|as|available|exists?|that name|in)',
      `addr$( [.])?( is| was| has been| could| can)? ${MISSING}`,
      '(addr$|addr$ is|it is) ?(is )?(unknown|not found|does not exist|doesnt exist|invalid|nonexistent|not known|not valid|not a (valid|known)~(user|recipient|mailbox|address|account)|no longer (valid|an? [^ ]+|here)|no such user|unrouteable|is invalid|isnt valid|not exist|not (here|listed|recognized))',
      `${MAILBOX} (is |was )?(not|isnt) in~(database|directory|table)`,
      '(not|isnt|arent|never)( listed| found| present| defined| contained)? (in|on|among)~(recipient|recipients|address|directory|user|alias|validrcptto|valid|allowed recipients?|local users)(~(list|table|book|map|database|directory|file|lists))?',
      '(not|isnt)~(in|on|found in|present in|listed in)~(directory|address book|validrcptto|recipient list|user database|name directory|ldap)',
      `(not|isnt) (one of )?our ${MAILBOX}s?|not a known user`,
      '(does not|doesnt|do not|dont) (handle|accept|receive|have|host) (any )?(mail|email|messages) for (that|this|such) (user|mailbox|recipient|address|person|account)',
      'no [^ ]+ in~(name|address|user|public|global) (directory|book)',
      'no (user|mailbox|account)(?= ([.] )?$)',
      'nobody~(here|by|at|called|named)|there is no one at|no one here|who is that',
      'user (missing|without) home directory|has been replaced by|has left~(company|organi[sz]ation|us|firm)|no longer (with|at|works|employed|working)~[^ ]+|moved to addr$|has moved~addr$|left the (company|organi[sz]ation)',
      'badrcptto(?! list)|bad rcpt to|badrecipient|badrecipientto|unknown local|unknown alias|blank mailhost',
      'cuda nsu|recipientnotfound|recipnotfound|nosuchuser|no-such-user|(no such|unknown) (id|userid|user id)|not (an? )?(valid )?email address(es)?|(user|recip|recipient|mailbox|account|address)-?(unknown|notfound|notexists?)|not known at (this|our)|unknownuser|usernotfound|user-not-found|unknownrecipient|mailboxnotfound|nxuser|unknown-address|unknown_recipient',
      'marked as invalid|marked invalid|not a mailbox|not a user|not (a )?local (user|recipient|mailbox|address)|user not local|recipient not local|recipient is not local|is not local user',
      '(user|addr$)~(has|have) no (mail|mailbox|email|inbox|account)(?! (from|for))',
      '(user|recipient|mailbox|address) does ?nt? (not )?exist|unknown (or|and) (invalid|disabled|illegal)|invalid or (unknown|illegal|nonexistent|disabled)|unknown or~(user|alias|mailbox|recipient)',
      'unrouteable address|user unkn|unknown user|user unknown|unknown recipient|unknown rcpt|unknown destination address|addressee unknown|recipient unknown|mailbox unknown',
      'address (error|is wrong)|wrong address|wrong or no longer valid|(email|mail) (not found|not exist|does not exist|doesnt exist|not known|unknown)',
      `(unable to|cant|could not|couldnt|failed to|not able to|did not|didnt) (find|locate|look up|lookup)~(addr$|(?!(login|list) )${MAILBOX})`,
      'unknown address error|invalid domain mailbox user|dont know (that|this|any)~(user|person|address|name|one)|never heard of',
      `(dont|doesnt|do not|does not) (exists?|know|recogni[sz]e|have) (that|this|the|any|such|such an?|an?) ${OF_KIND}${MAILBOX}`,
      `not (an? )?${OF_KIND}${MAILBOX} (of|on|at|in|here)|(not|isnt) an? ${OF_KIND}${MAILBOX}(?= ([.] )?$)`,
      '(incorrectly|wrongly) addressed|misaddressed',
      '(hasnt|has not|hasnt got|does not have|doesnt have) (got )?(the|this) (email |mail )?service( mapped)?|doesnt have an?~account|does not have an?~(account|mailbox)|has no~(account|mailbox) (here|on|at)|without( a)? mailbox|no longer on server|(email|address|email address|mailbox) has changed|use the new address|no (redirect|forward|forwarding|alias) (entry|record|address)(?! (for|of) your)',
      'missing (or|and) (invalid|unknown) (mailbox|user|recipient)',
      'recipient mailbox (is )?not allowed|(recipient|recipient address|address|user|mailbox) (is |was )?not in (my|our|the) (local |own )?list',
      'mailbox name~(not allowed|invalid|not valid|illegal)|envelope recipient (has been|is|was) (denied|rejected|refused)',
    ),
    unless: phrases(
      '(unknown|invalid|bad|no such|not a valid)(?! address error)( (?!(in|on|at|to|by|for|with) )[^ ]+)? (host|client|reason|error|command|sender|relay|server|parameter|argument|arguments|character|characters|header|domain name|method|option|status|verb|attachment|certificate|ip|port|protocol|mx)',
      '(unknown|invalid|bad|not a valid) message',
      '(command|argument|parameter|parameters|syntax|verb)~(unknown|unrecogni[sz]ed|invalid|not recogni[sz]ed|not found|unimplemented)',
      '(unrecogni[sz]ed|unknown|invalid)~(command|argument|parameter)',
      '(unable to|cant|could not|couldnt|can not|failed to|not able to) (verify|check|validate|determine)',
      '(directory|database|ldap|server|backend|lookup|look-up|store)~(unavailable|not available|not responding|unreachable|timed out|timeout|is down|(failed|failure)(?! ([.] )?(no such (user|recipient|mailbox)|not found|unknown))|busy|offline)',
      '(invalid|bad|wrong)( helo| ehlo)|helo|ehlo|(unknown|your) host|host unknown|unknown (client|correspondent|sender)',
      '(allow|white|permitted) ?-?list|allowlist|whitelist',
      'address (list|family|range|space|class) (is |was )?(not|unknown)|unknown address (family|class|type)|(at|in|from|on) your (own )?(domain|server|host|side|end|network)|you (claim|say|pretend)',
      'no valid recipients|need rcpt|rcpt first',
      'user (agent|defined|interface|policy|state|limit)',
      'from (you|your)|senders?|in good standing|name service',
      'your (own )?(mailbox|address|email address|account|user)~(not|unknown|isnt|doesnt)',
      'you are not|allowed sender',
      'recipient~(unknown|invalid) senders?',
      'rule imposed|lookup did not complete|in (the )?mail from|(found|known|recogni[sz]ed|registered) (you|your)|gr[ea]y-?list[^ ]*',
      'you (do not|dont) (have (an?|any) (account|mailbox)|belong)|you have no|you (write|send|mail|sent|mailed)~from|message has no',
      '(sending|connecting|reverse|client|host|peer|reply-to|return|originating|source|remote|network|ip) (user|address|account|mailbox)',
      '(address|account) of (the |a )?(peer|client|host|sender|sending|originator|connecting)|address range|credentials|password',
      'member of (this|the|that|our) (list|group|mailing)|members? only',
      '(path|directory|folder|maildir|home|file|queue|spool|table|map|service) (is |was |does |do |has )?(not|doesnt|no|missing)',
      '(server|servers) (is |was |are )?(not found|unknown|unreachable|undefined|cant be|could not be)|(mail exchanger|gateway|connector|route|tenant|organi[sz]ation|company|certificate|key|keys|zone|network|provider|isp|contract|country|cluster|partner|policy|rule)( is| was| are| could| can| does| do| has)? (not|unknown|invalid|doesnt|unreachable|cant|couldnt|missing|undefined|unrecogni[sz]ed)',
      '(temporary|transient|internal) (server |system |lookup |local )?(error|failure|problem)',
      '(host|hostname|domain|ip|client|host$)( is| does| name)? (cant|could not|couldnt|can not|not|isnt|doesnt)( be)? (resolved?|found|known|exists?)',
    ),
    class: 'mailbox_not_found',
    sample: '550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in virtual mailbox table',
    source: SOURCES,
    seen: SEEN,
  },
];

/** Words that cannot be the echo of a local part before `does not exist`: other things are missing too. */
const NO_NAME =
  'hosts?|hostname|domains?|senders?|clients?|servers?|commands?|relay|routes?|reason|error|helo|ehlo|files?|services?|systems?|tables?|directory|parameters?|arguments?|networks?|ip|mx|dns|ptr|messages?|mail|requests?|headers?|data|input|options?|tokens?|certificate|keys?|transaction|session|sequence|syntax|protocol|feature|method|licen[cs]e|path|object|resource|records?|entry|value|gateway|peer|connection|organi[sz]ation|tenant|zone|id|list|policy|signature|status|code|port|type|format|destination|it|what|you|your';
/** Said of a mailbox and not of a reputation, an origin or a country: those are `unknown`, `not found`, `not valid`. */
const NAME_MISSING = 'does not exist|doesnt exist|do not exist|dont exist|nonexistent|not exists?|no longer exists';

export const MAILBOX_LIKELY: readonly RuleRow[] = [
  {
    id: 'recipient-refused-by-policy',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    enhanced: ['7'],
    text: phrases(
      '(recipient|recipients|address|user|mailbox|mailboxes|account|rcpt)~(rejected|refused|denied|not accepted|unavailable|not available|undeliverable|unreachable)',
    ),
    class: 'policy_other',
    sample: '554 5.7.1 Recipient rejected',
    source: 'RFC 3463 §3.8 (X.7.Z): security or policy, not the mailbox',
    seen: SEEN,
  },
  {
    id: 'mailbox-unavailable',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      '(mailbox|mail box|mailbox name|recipient mailbox|destination mailbox)~(unavailable|not available|unreachable|not allowed)',
      '(recipient|recipient address|addressee|user|address|email address|customer|subscriber|addr$) (is |was |currently )?(unavailable|not available|unreachable|not reachable)',
      'unavailable (mail )?(user|recipient|mailbox|address|account)|unavailable to take delivery',
    ),
    unless: phrases(
      ...OF_THE_SERVICE,
      'or access|for policy|policy|(sending|send) mails? from|(due to|because of|for) (policy|spam|restrictions?)',
      '(user|mailbox|mail|recipient|account) (server|database|lookup|store|backend|service|directory)',
      '(unable to|cant|could not|couldnt|can not|failed to) (verify|check|determine)|(database|directory|backend)~(unavailable|down)',
    ),
    class: 'mailbox_not_found',
    sample: '550 Requested action not taken: mailbox unavailable',
    source: 'RFC 5321 §4.2.2; Outlook.com, GMX',
    seen: SEEN,
  },
  {
    id: 'mailbox-syntax',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      '(address|recipient|mailbox|local part)~(syntax|malformed|illegal|format|fully-qualified|fully qualified|rfc-?[0-9]*)',
      '(bad|invalid|illegal|malformed|incorrect)( rcpt| recipient| email| mail| format of)? (address|recipient|mailbox|rcpt|local part)',
      'user address required|expected after|malformed|may not follow|must contain an? (domain|@)|unqualified|domain missing|missing domain|no domain|unbalanced|missing @',
    ),
    unless: phrases('parameters? or arguments?', 'from', 'message', 'header'),
    class: 'mailbox_not_found',
    sample: '501 5.1.3 <ada@>: missing or malformed domain part',
    source: 'Postfix smtpd.c; RFC 3463 §3.2 (X.1.3)',
    seen: SEEN,
  },
  {
    id: 'recipient-undeliverable',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      `(${MAILBOX.slice(1, -1)}|addr$)~(undeliverable|not deliverable|isnt deliverable)`,
      'undeliverable (address|recipient|mailbox|user)',
    ),
    unless: phrases('said [245][0-9][0-9]', 'message', 'mail'),
    class: 'mailbox_not_found',
    sample: '550 <ada@example.org> is undeliverable',
    source: 'Exim routers (cannot_route_message)',
    seen: SEEN,
  },
  {
    id: 'name-missing-bare',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: new RegExp(
      `^ (?:(?:sorry|error|rcpt|the|this|that) ){0,2}(?!(?:${NO_NAME}) )[^ ]+ (?:[.] )?(?:is |was |are )?(?:${NAME_MISSING})(?: ADDR| here| [.]| \\d+)* $`,
    ),
    class: 'mailbox_not_found',
    sample: '550 ada does not exist',
    source: 'observed: servers that name the local part alone',
    seen: SEEN,
  },
  {
    id: 'recipient-refused-bare',
    provider: null,
    stages: ['rcpt'],
    codes: [5],
    text: /(?: (?:recipient|recipients|address|mailbox|rcpt|destination|addr|envelope)| recipient address| recipient address is| recipient is| email address| user ADDR| recipient ADDR| address is| mailbox is| your envelope recipient has been) (?:rejected|refused|not accepted|not ok|denied|undeliverable|not acceptable|is not acceptable)(?: ADDR| for ADDR| [.]| here| \d+)* $/,
    class: 'mailbox_not_found',
    sample: '550 <ada@example.org>: Recipient address rejected.',
    source: 'Cisco ESA, KDDI, Softbank: refusals of unknown recipients without a further word',
    seen: SEEN,
  },
];
