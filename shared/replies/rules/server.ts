/**
 * Wordings about the server's own state: it defers unknown senders (greylisting), it finds us too busy, or it has a
 * fault. They blame neither side, and say nothing of the mailbox.
 *
 * `SERVER_GREY` stands first of all wordings; `SERVER_RATE` before those about mailboxes, because `too many unknown
 * recipients` is about our pace; `SERVER_FAULT` after them.
 */
import { FOR_NOW } from '../doubts.ts';
import { phrases, type RuleRow } from '../rule.ts';

const SEEN = '2026-11';

/**
 * Words of a reply about the service, the moment or the asking side, even if it names a mailbox or a mailbox status:
 * GMX opens every refusal with `mailbox unavailable`, others put 5.1.1 before any refusal at RCPT.
 */
export const OF_THE_SERVICE: readonly string[] = [
  '(?<! (on|at|in|by) (this|our|the|that|my) )(service|services|server|servers|system|dienst|serveur|servidor|servicio|servico|servizio|serwer|сервер[^ ]*)',
  'connections?|upstream|backend|queue|nameserver|callout|callback|replicated|timeout|command|ip|mx|dns|[^ ]*ipv[46][^ ]*|gr[ea]y-?list[^ ]*',
  '(verification|probe) (in progress|pending|deferred)|(local|internal|configuration|config|transient|temporary|upstream|write) (error|problem|failure)|error (reading|writing|in)',
  'at (this|the) (time|moment)|later|try again|retry|temporar[^ ]*|minut[^ ]*|seconds?|aborted|no access|guidelines|country',
];

export const SERVER_GREY: readonly RuleRow[] = [
  {
    id: 'greylist-named',
    provider: null,
    codes: [4],
    text: phrases(
      '[^ ]*gr[ea]y-?(list|listed|listing|liste|trap)[^ ]*',
      'gr[ea]y (list|listed|listing)',
      'postgrey|milter-greylist|sqlgrey',
      'lista (gris|cinza|cinzenta|grigia)|listas grises|liste grise|graue[nr]? liste|grijze lijst|szurke[ -]?lista[^ ]*|gri liste[^ ]*|szar[^ ]* list[^ ]*|sed[^ ]* listin[^ ]*|сер[^ ]* список|сер[^ ]* списк[^ ]*|gra lista[^ ]*|القائمة الرمادية',
    ),
    class: 'greylisted',
    sample:
      '450 4.2.0 <ada@example.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.org.html',
    source: 'postgrey(8); RFC 6647',
    seen: SEEN,
  },
  {
    id: 'greylist-cjk',
    provider: null,
    codes: [4],
    text: /(?:灰名单|灰名單|灰色名单|グレーリスト|グレイリスト|그레이 ?리스트|회색 ?목록)/,
    class: 'greylisted',
    sample: '451 灰名单,请稍后重试',
    source: 'wordings of localised mail servers',
    seen: SEEN,
  },
  {
    id: 'greylist-link',
    provider: null,
    codes: [4],
    url: / [^ ]{0,60}(?:postgrey|gr[ea]ylist|gr[ea]y-list)/,
    class: 'greylisted',
    sample:
      '450 4.7.1 <ada@example.org>: Recipient address rejected: Try later, see http://postgrey.schweikert.ch/help/example.org.html',
    source: 'postgrey(8)',
    seen: SEEN,
  },
];

export const SERVER_RATE: readonly RuleRow[] = [
  {
    id: 'rate-limited',
    provider: null,
    codes: [4, 5],
    text: phrases(
      'too many~(connections?|sessions?|recipients?|messages?|emails?|mails?|requests?|errors?|invalid|unknown|nonexistent|bad|wrong|commands?|transactions?|attempts?|concurrent|simultaneous|smtp|rcpts?|rcpt to|users|failures?|failed|deliver[^ ]*|addresses|clients|hits|probes|processes|open|hosts)',
      'limits? (for|of|on) (your|the sending) [^ ]+ (is|are|has been|have been|was|were) (exceeded|reached)',
      'too (fast|quickly|frequent|frequently|often|much (mail|email|traffic|recipient|recipients|fail))',
      '[^ ]*rate[ -]?(limit|limits|limited|limiting|limitation|control|exceeded|exceeding|throttl[^ ]*)',
      '(rate|frequency|volume|concurrency)~(exceeded|exceeds|limit|limits|limited|too|over|high|reached)',
      'throttl[^ ]*|slow down|slow it down|slower|backing off|back off',
      '(max|maximum|maximal)( number of| allowed| concurrent)*~(connections?|messages?|recipients?|sessions?|rcpts?|mails?|emails?|rate)~(exceeded|reached|limit|per|has|for|over|allowed)',
      '(max|maximum) (recipients|connections|messages|message|rcpts?|sessions)',
      '(connections?|sessions?|messages?|emails?|mails?|recipients?|rcpts?|sending|sends|hourly|daily|outbound|relay|concurrency|submission|smtp|receiving|command|host|ip|transaction|queue|batch)( rate| count| number| volume)? (limit|limits|quota|threshold|allowance|maximum)~(exceeded|reached|over|exceeds|exhausted|hit|has|for|is|per|violation|of)',
      'exceed(s|ed|ing)?~(connections?|message rate|messages|recipients|rate|rates|sending|concurrent|frequency|emails|mails|thread|threads|volume|sessions|attempts)',
      'limit~(connections?|messages|recipients|rate|sessions|per (hour|day|minute|second))~(exceeded|reached)',
      '(exceed[^ ]*|reached|over)~(per|in an?|this|each) (hour|day|minute|second|session|connection|time)',
      'frequency~limited|frequency of|unusual (rate|traffic|volume)|excessive (volume|rate|connections?|mail|traffic|number|recipients|errors?|failures?|([^ ]+ )?unknowns?)|unexpected volume|high volume|overloaded by|flood|flooding|mailbomb|mail bomb',
      'receiving (mail|messages|email) (at a rate|too)|receives? too',
      '(concurrent|simultaneous|parallel)~(connections?|sessions?)',
      'per (hour|day|minute|connection|session) (limit|quota)|(hourly|daily|monthly|sending|send|outgoing|outbound) (limit|quota)|queue quota|message quota',
      '(quota|limit|[0-9]+)~(messages|recipients|emails|mails|rcpts)~(per|an|each) (day|hour|minute|second|month)',
      '(number|numbers|amount|count) of (rcpts?|recipients|connections|messages|sessions|emails|mails)~(over|exceed[^ ]*|too|limit|limited|maximum)|(rcpt|recipient) numbers?',
      'limite? (de|di|d|des|van|fur|der|du) (conexiones|conexoes|connexions|connessioni|mensajes|mensagens|messages|messaggi|verbindungen|nachrichten|envios?|invii?|envoi|sesiones|sessoes|sessioni|destinatarios|destinatari)',
      'trop de~(connexions?|messages?|destinataires|courriers?|erreurs|requetes|mails?)',
      'zu viele~(verbindungen|empfa?e?nger|nachrichten|anfragen|fehler|mails|sitzungen)',
      'demasiad[oa]s~(conexiones|mensajes|destinatarios|correos|errores)',
      '(muit[oa]s|excesso de)~(conexoes|mensagens|destinatarios|erros|ligacoes)',
      '(tropp[ei]|troppo)~(connessioni|messaggi|destinatari|errori|email)',
      'cok fazla~(baglanti|ileti|mesaj|alici|hata)[^ ]*|prilis mnoho~(spojeni|zprav|prijemcu|chyb)|tul sok~[^ ]+|for manga~[^ ]+|for mange~[^ ]+|liian monta~[^ ]+|prea multe~[^ ]+',
      'te veel~(verbindingen|berichten|ontvangers)',
      'zbyt (wiele|duzo)~(polaczen|wiadomosci|odbiorcow)|za duzo polaczen',
      'слишком (много|часто)~[^ ]+|превышен[^ ]*~(лимит|число|количество|частот[^ ]*)( [^ ]+)?',
    ),
    unless: phrases(
      'too many (hops|received|messages on the server|messages in)',
      'too much mail data',
      '(user|mailbox|inbox) (has|contains) too many messages|too many (messages|mails|emails) (on|in) (this|the|that|his|its)',
      '(mailbox|inbox|account|maildir|mailfolder|box) (is |was )?(full|over ?quota)',
      '(email|mail) quota exceeded',
      '(zu viele|zuviele)~auf dem server',
      '(mailbox|inbox|storage|disk) (quota|size|full|limit)',
    ),
    class: 'rate_limited',
    sample: '450 4.7.1 Error: too many connections from 192.0.2.25',
    source: 'Postfix anvil(8); RFC 7372; Exim smtp_in.c',
    seen: SEEN,
  },
  {
    id: 'rate-limited-cjk',
    provider: null,
    codes: [4, 5],
    text: /(?:过于频繁|過於頻繁|太多[^.]{0,8}(?:收件人|用户|用戶)|频率(?:过|受)|(?:连接|連線|收件人|邮件|发送)[^.]{0,12}(?:过多|過多|太多|超过限制|超出限制)|(?:接続|受信者|宛先|送信)[^.]{0,12}(?:多すぎ|過多|上限を超)|(?:접속|연결|수신자|발송)[^.]{0,12}(?:너무 많|초과|제한))/,
    unless: /(?:メールボックス|受信箱|容量|ボックス|邮箱|郵箱|메일함|사서함|용량)/,
    class: 'rate_limited',
    sample: '451 发送过于频繁,请稍后再试',
    source: 'NetEase and Tencent postmaster pages',
    seen: SEEN,
  },
  {
    id: 'greylist-worded',
    provider: null,
    codes: [4],
    stages: ['rcpt'],
    text: phrases(
      'policy rejection~(try|later)',
      'come back (later|in|after|again|soon)',
      'not yet (authori[sz]ed|permitted|allowed) to (deliver|send)',
      '(first|initial) (time|contact|attempt|delivery|connection)|first seen|not seen (you )?before|unfamiliar|unknown triplet|triplet|new sender|new triplet',
      '(try again|try|retry|again|back|wait|resend|resubmit|return)~(in|after|for|at least) (a few |about |approximately |at least )?[0-9]+~(seconds?|secs?|minutes?|mins?|s|m|hours?)',
      '(try again|retry|back) in (a few|some|several) (seconds|minutes)|delayed (for|by)~(seconds|minutes)|(seconds|minutes) (to go|remaining|left)',
      'temporar[^ ]* (denied|rejected|deferred|refused)~(try|retry|resend|come|wait)~(minutes?|shortly|soon|seconds?)',
      '(mail|message|delivery) is temporarily denied',
      '(dans|in|nach|en|em|tra|fra|over|za|через) [0-9]+ (minuten|minutes|minutos|minuti|minut|minuty|secondes|sekunden|segundos|secondi|sekund|минут[^ ]*|секунд[^ ]*)',
      'in (spaterer|ein paar) (versuch|minuten)|in wenigen minuten|dans quelques (minutes|instants)|en unos minutos|em alguns minutos|tra qualche minuto',
    ),
    class: 'greylisted',
    sample: '450 4.7.1 <ada@example.org>: Recipient address rejected: Policy Rejection- Please try later.',
    source: 'policyd; OpenBSD spamd(8); RFC 6647 §2',
    seen: SEEN,
  },
];

export const SERVER_FAULT: readonly RuleRow[] = [
  {
    id: 'server-fault',
    provider: null,
    codes: [4],
    text: phrases(
      'temporary|temporarily|temporaly|temporarly|transient',
      '(please )?(try|retry)~(later|again|after|soon)|later',
      '(server|service|system|ports|resources?|line|too|mailbox) (is |are |was |all )*(busy|unavailable|overloaded|down|loaded|not available|not ready|full|locked|in use)|busy|unavailable',
      '(local|internal|system|server|lookup|configuration|dns|ldap|database|sql|disk|queue|ldap server|directory)~(error|failure|problem|timeout|fault|lookup|write)',
      'unable to|could not|couldnt|cant|failed|failure|timed out|timeout|lost connection|insufficient|not enough|shortage|in progress|unverified|closing|shutting down|aborted|maintenance',
    ),
    class: 'temporary_failure',
    sample: '451 4.3.0 <ada@example.org>: Temporary lookup failure',
    source: 'RFC 5321 §4.2.2; Postfix cleanup(8)',
    seen: SEEN,
  },
  {
    // The code is permanent, the words are temporary: the words are believed, since asking again costs little.
    id: 'server-fault-for-now',
    provider: null,
    codes: [5],
    text: FOR_NOW,
    class: 'temporary_failure',
    sample: '550 5.1.1 <ada@example.org>: user look-up failed because of maintenance, try again later',
    source: 'observed: 5yz codes for faults that pass',
    seen: SEEN,
  },
];
