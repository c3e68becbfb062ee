/**
 * Doubts about a reply that speaks of a mailbox: it may be about something else, or temporary. For the laws of
 * classify.ts.
 *
 * A reply is about us if its status says so, or if it names our sender, IP address or EHLO name and not the recipient.
 * It is about another thing if its fault is that of a thing other than a mailbox (`Client host unknown`, `Zertifikat
 * ungültig`). A reply is temporary if it speaks of a moment, of maintenance or of a look-up that failed. A clause with
 * an "or" between a fault of the mailbox and a cause of another kind (`user unknown or blocked by policy`) says nothing
 * certain: `certainWords` leaves such clauses out. Pure, never fails, linear in the reply.
 */
import { once } from '../once.ts';
import type { Reply } from './reply.ts';
import { type Pattern, phrases, regExpOf } from './rule.ts';
import { squeeze, type Wording } from './wording.ts';

/** An RFC 3463 status without its class digit. */
export type Status = { readonly subject: number; readonly detail: number };

/** RFC 3463 §3.2: X.1.7 and X.1.8 are about the sender's address. */
const SENDER_DETAILS: readonly number[] = [7, 8];

/** RFC 7372 §3, RFC 7505 §4.2, RFC 8616: X.7.20 to X.7.27 are DKIM, SPF, reverse DNS, ARC and the sender's null MX. */
const AUTHENTICITY = { first: 20, last: 27 } as const;

/** Whether the reply is about the asking side, by its status or by the names in it. */
export function isAboutUs(status: Status | null, quotes: Reply['quotes']): boolean {
  if (status?.subject === 1 && SENDER_DETAILS.includes(status.detail)) return true;
  if (status?.subject === 7 && status.detail >= AUTHENTICITY.first && status.detail <= AUTHENTICITY.last) return true;
  return namesUsAlone(quotes);
}

/** Whether the text names something of ours and not the recipient. */
export function namesUsAlone(quotes: Reply['quotes']): boolean {
  return quotes !== undefined && quotes.length > 0 && !quotes.includes('recipient');
}

/** A report on the sender, which may quote another server's reply about the sender's mailbox. */
const ON_THE_ASKER = phrases(
  '(sender|senders|return-?path|mailfrom|mail from|envelope from|envelope-from|from address|originator)( address| domain| mailbox| account)?( is| was| has been)? (rejected|refused|denied|blocked|invalid|unverified|unknown|verify|verification|callout|callback|not)',
  // Words about the asking side. Excluded are the object of the question: the address that you tried, your message to
  // it.
  '(?<! thank )you(?! ((are|have|had|were|wish to|want to|wanted to|would like to) )?(tried|trying|try|typed|entered|specified|requested|mailed|emailed|supplied|provided|gave|given|addressed|sent|mistyped|misspelled|looking for|writing to|wrote to|sending to|mailing|emailing|contacting|contact|reach|reaching|mean|meant|know|want|wish|may|might|should|must|need|can|could|will|believe|think|feel|have (the|an?|it)|do not have auth[^ ]*|do not see) )',
  'your(?! (message|messages|mail|mails|email|emails|letter|envelope recipient|recipient|recipients|request|spelling|typing|input|entry|correspondent|contact|contacts|address book|system administrator|administrator|mail administrator) )',
  'callout (to|for|said|says)|callback|call-back|our (probe|check|callout|callback|verifier)|(probe|postmaster) (check|verification)|(sent|wrote|submitted) (this|the) (message|mail|email)|headers?|(mx|host|server) (of|at|says|said)[^.]* (says|said|told|answered)|mx of',
  '(unknown|invalid|nonexistent|unregistered|unverified) (users|addresses|senders|people|persons|clients|servers|hosts|sources|contacts|domains|accounts|mailboxes)|(refuses|rejects|blocks|declines|ignores|filters|screens) [^ ]+',
  '(no|without|insufficient) (rights?|permission|permissions|privileges?|access)|protected|(external|outside|foreign) (mail|users|addresses|domains|hosts)|from outside|asn|members only|paid|payment|register first',
  // A mailbox as the owner of a thing that may be missing too: `the certificate of the account is invalid`.
  '(certificate|token|key|group|format|driver|preferences?|settings|session|license) of (the |a |this )?(user|mailbox|account|recipient)|(unknown|invalid) count|(user|mailbox|account|recipient|alias) (group|driver|format|certificate|token|class|policy|preferences?|settings|configuration|count|limits?|module)|(for|to|by) (outsiders|strangers|newsletters|advertisers|externals|guests)',
  '(mailbox|account|user|address) (for |named |called )?postmaster|postmaster (mailbox|address|account)|reply address|reply-to|for the (connecting|sending|remote|originating) [^ ]+|quarantined?|connecting (host|server|client|ip)|(bad|improper|wrong) sequence|no route',
);

/** Whether the words report on the sender, or on the asking side. */
export function isOnTheAsker({ words }: Wording): boolean {
  return regExpOf(ON_THE_ASKER).test(words);
}

/** Things that may be unknown, closed or full like a mailbox, and are none. */
const THING =
  '(?<! to )senders?( (address|user|account|mailbox))?|ip|server identity|return-?path|return path|(return|bounce|source|origin) address|reply-?to( address)?|mail from|mailfrom|(from|author) address|envelope from|header from|originator|(message )?author|client(?! id)|(client|sending|connecting|remote|originating|source|your) (host|ip|server|address|machine|system|network|mta)|sending (domain|user|account)|hostname|host name|ip address|authenticated user|(smtp )?auth user|password|credentials?|certificate|message-?id|attachments?|url|link|parameter|(?<! (to|rcpt) )command|network|asn|country|ptr|rdns|helo|ehlo|spf|dkim|dmarc';
const DOMAIN =
  'domain|domain name|domain of the (recipient|address|user)|(recipient|destination|target|email|mail|address) domain';
const FAULT =
  '(unknown|not|isnt|nonexistent|invalid|rejected|refused|denied|disabled|blocked|suspended|inactive|expired|unavailable|unverified|unrecogni[sz]ed|no such|(could not|cant|couldnt|can not) be|user unknown|has no|(does not|doesnt|do not) (exist|have|match|resolve)|verification failed|(is|was|has been|have been) (a |an )?(unknown|not|invalid|rejected|refused|denied|disabled|blocked|suspended|inactive|expired|unavailable|unverified|locked|closed))';
const OF_ANOTHER = phrases(
  `(${THING}|${DOMAIN}) ${FAULT}`,
  `(${THING}) (is |has )?(full|over)`,
  `(unknown|invalid|no such|nonexistent|bad) (${THING}|${DOMAIN})(?! (user|mailbox|account|recipient))`,
);

/**
 * The same in other languages; a domain or a server only at the start of a clause, since a mailbox is missing in them.
 */
const ANOTHER_FOREIGN =
  '(client|cliente|klient|klienten|kliens|клиент|istemci|hostitel|hosts?|hostname|hote|nom dhote|nombre de host|nome (do )?host|equipo|rechnername|hostnaam|nazwa hosta|имя хоста|хост|узел|ana bilgisayar( adi)?|ip|ip-[^ ]+|(adresse|direccion|endereco|indirizzo|adres) ip|ip (adresa|adresi|cim|adressen)|password|losenordet|tanusitvany|certifica[^ ]*|zertifikat|certyfikat|сертификат|sertifika|certifik[^ ]*|connexion|conexion|conexao|connessione|verbindung|verbinding|polaczenie|соединение|baglanti|spojeni|kapcsolat|anslutningen|befehl|commande|comando|opdracht|polecenie|команда|komut|prikaz|anhang|piece jointe|adjunto|anexo|allegato|bijlage|zalacznik|вложение|(adresse|direccion|endereco|indirizzo) (de |di )?(retour|retorno|ritorno)|ruckadresse|rueckadresse|retouradres|adres zwrotny|обратный адрес|donus adresi|zpatecni adresa|dns (inverse|inverso|reverso)|reverse-dns|обратная зона|anmeldung)';
const PLACE_FOREIGN =
  '(?<=(^|[.]|ADDR) ((der|die|das|ihr|ihre|dieser|diese|votre|notre|ce|el|il|la|le|lo|su|seu|o|a|uw|de|het|din|vas|ваш|bu) ){0,2})([^ ]*domain|domaine|dominio|domein|domena|домен|alan adi|domanen|doman|tartomany|server|servidor|serveur|serwer|сервер|sunucu[^ ]*|kiszolgalo|[^ ]+ (domain|doman|domena|alan adi))( (del|de|do|du|des|della|van de|van der|odbiorcy|prijemce|получателя)( [^ ]+)?)?';
const FAULT_FOREIGN =
  '(unbekannt|nicht|existiert|ist|ungu?e?ltig|deaktiviert|gesperrt|abgelaufen|inaktiv|inconnue?|introuvable|nexiste|nest|est|invalide|desactivee?|bloquee?|expiree?|inacti[^ ]*|desconocid[oa]|no|es|invalid[oa]|deshabilitad[oa]|bloquead[oa]|caducad[oa]|desconhecid[oa]|nao|desativad[oa]|expirad[oa]|inativ[oa]|sconosciut[oa]|non|inesistente|disabilitat[oa]|bloccat[oa]|scadut[oa]|inattiv[oa]|onbekende?|niet|bestaat|is (niet|ongeldig|onbekend|geblokkeerd|uitgeschakeld|verlopen|inactief)|ongeldige?|uitgeschakeld|geblokkeerd|verlopen|inactief|nieznan[ya]|nie|nieprawidlow[ya]|zablokowan[ya]|wylaczon[ya]|nieaktywn[ya]|неизвест[^ ]*|не|недействител[^ ]*|неверн[^ ]*|отключен[^ ]*|заблокирован[^ ]*|неактив[^ ]*|bilinmiyor|bulunamadi|mevcut|gecersiz|devre|engellendi|neznam[ya]|nenalezen[aoy]?|neexistuje|neplatn[ya]|zablokovan[ay]?|ismeretlen|nem|ervenytelen|letiltva|okand|hittades|finns|ogiltig[^ ]*|sparrad|existerar)';
const OF_ANOTHER_FOREIGN = phrases(`${ANOTHER_FOREIGN} ${FAULT_FOREIGN}`, `${PLACE_FOREIGN} ${FAULT_FOREIGN}`);
const OF_ANOTHER_CJK =
  /(?:发件人|發件人|寄件者|寄件人|客户端|客戶端|主机|主機|密码|密碼|证书|證書|连接|連線|附件|命令|反向解析|ip(?:地址|位址)?)[^.]{0,6}(?:不存在|未知|无效|無效|未找到|找不到|不正确|不正確|停用|禁用|过期|過期|冻结|凍結)|(?:服务器|伺服器|域名|網域) ?(?:不存在|未知|无效|無效|未找到|找不到|不正确|不正確|被|已)|(?:送信者|送信元|差出人|クライアント|ホスト|証明書|パスワード|接続|コマンド|添付ファイル|ip ?アドレス)[^.]{0,6}(?:存在し|見つか|無効|不明|停止|正しく)|(?:サーバー?|ドメイン) ?[がは] ?(?:存在|見つ|無効|不明|停止|正し)|(?:보낸 ?사람|발신자|클라이언트|호스트|인증서|비밀번호|명령|연결|ip(?: ?주소)?)[^.]{0,6}(?:없|존재|찾을|알 수|유효|정지)|(?:서버|도메인)[이가은는]? ?(?:없음|존재|찾을|알 수|유효|정지)/;

/** Whether the words find fault with something other than a mailbox. */
export function isOfAnother({ words }: Wording): boolean {
  return regExpOf(OF_ANOTHER).test(words) || regExpOf(OF_ANOTHER_FOREIGN).test(words) || OF_ANOTHER_CJK.test(words);
}

/** Words for a state that may pass. */
export const FOR_NOW = phrases(
  'temp|tempfail|temporary|temporarily|temporaly|temporarly|temporally|transient|maintenance|momentarily',
  '(try|retry|resend|resubmit|send|sent|come back|back|call|attempt)~(later|shortly|soon|tomorrow|in (a |an )?[^ ]+ (seconds?|minutes?|mins?|hours?|days?|moments?|while))',
  '(at|for) (this|the) (time|moment|present)|at present|for (now|the time being)|right now',
  '(lookup|look-up|ldap|directory|database|table|query|nameserver|dns|sql|rpc|cluster|config|configuration|permissions?|search|memory|disk|backend) (error|failure|problem|timeout|timed out|trouble|corrupt|corrupted)|(cant|can not|could not|couldnt|unable to|failed to) (open|read|query|search)|(cluster|backend|store) node|out of memory|insufficient memory',
  'fehler bei der (suche|abfrage)|datenbankfehler|suchfehler|error (al (consultar|buscar|leer|acceder)|de (base de datos|consulta|busqueda))|erreur (de|lors de la) (recherche|lecture|base|lannuaire)|erro (ao (consultar|buscar|ler|acessar)|de (consulta|busca|banco))|errore (di|durante la|nella) (ricerca|lettura|database|query)|ошибка (базы|поиска|чтения|доступа|при)|blad (bazy|odczytu|podczas|wyszukiwania)|chyba (databaze|pri|hledani)|veri ?tabani hatasi|fout bij (het )?(zoeken|opzoeken)',
  'under(going)? (maintenance|migration|reconstruction)|being (moved|migrated|restored|rebuilt|upgraded|updated|reindexed|transferred|set up|created|repaired|checked|verified|converted|synchroni[sz]ed|synced|indexed|loaded)|(mailbox|account|user) is (moving|migrating)|today|until (then|further)|(found|known|available|created|ready|active) yet|rebuilding|reindexing|timeout|timed out|time-out',
  '(directory|database|server|backend|back end|store|service|ldap)~(not reachable|unreachable|not responding|unavailable|offline|down)|for [0-9]+ (seconds?|minutes?|mins?|hours?)',
  'voru?e?bergehend[^ ]*|zeitweise|zeitweilig|momentan|derzeit|zurzeit|zur zeit|wartung[^ ]*|spater|spaeter',
  'temporaire[^ ]*|provisoirement|momentane[^ ]*|ulterieurement|plus tard',
  'temporal|temporales|temporalmente|transitori[oa]|mantenimiento|mas tarde|mas adelante|de momento',
  'temporari[oa]|temporariamente|momentaneamente|manutencao|mais tarde',
  'temporane[oa]|temporaneamente|manutenzione|piu tardi|momentaneo',
  'tijdelijke?|onderhoud|later opnieuw|probeer~later',
  'tymczasow[^ ]*|chwilow[^ ]*|pozniej|docasn[^ ]*|prechodn[^ ]*|pozdeji|neskor|privremen[^ ]*|kasnije',
  'временн[^ ]*|позже|позднее|обслуживани[^ ]*|тимчасов[^ ]*|пізніше|временно',
  'gecici[^ ]*|daha sonra|sonra tekrar|bakim[^ ]*|atmenetileg|atmeneti|ideiglenes[^ ]*|kesobb|karbantartas[^ ]*',
  'tillfallig[^ ]*|midlertidig[^ ]*|senare|senere|valiaikai[^ ]*|tilapai[^ ]*|myohemmin|vedligehold|underhall',
  'προσωριν[^ ]*|αργοτερα|tam thoi|sementara|nanti|ชั่วคราว|مؤقت[^ ]*|لاحق[^ ]*|זמני[^ ]*|มาภายหลัง',
);
const FOR_NOW_CJK =
  /暂时|暫時|临时|臨時|稍后|稍後|稍候|维护|維護|一時的|一時|後ほど|しばらく|メンテナンス|일시|임시|잠시|나중에|점검/;

/** Whether the state in the reply may pass. */
export function isForNow({ words }: Wording): boolean {
  return regExpOf(FOR_NOW).test(words) || FOR_NOW_CJK.test(words);
}

/**
 * "Or" in the languages of servers; words that mean other things in other languages are in `OR_DUTCH` and `OR_ROMANCE`.
 */
const OR =
  '(?:or|nor|oder|beziehungsweise|bzw|ou|oppure|ovvero|lub|albo|badz|nebo|anebo|alebo|или|либо|або|чи|veya|ya da|yahut|vagy|eller|elleri|tai|sau|ili|vai|voi|hoac|atau|ή|या|או|أو|او|یا|หรือ)';
const OR_DUTCH = '(?:of|ofwel)';
const OR_ROMANCE = '(?<=[^ ] )(?:o|u|e/o|y/o|e/ou)';

/** Causes other than a fault of a mailbox, as stems of words, by language. */
const CAUSES = {
  english: [
    '[^ ]*polic(?:y|ies)|(?:un)?block(?:ed|s|ing|list[^ ]*)?|restrict[^ ]*|prohibit[^ ]*|forbid[^ ]*|permi(?:t|ts|tted|ssions?)|(?:dis)?allow(?:ed|s)?|(?:un)?authori[sz][^ ]*|authenticat[^ ]*|auth|privilege[^ ]*',
    '[^ ]*gr[ea]y-?list[^ ]*|gr[ea]y list[^ ]*|[^ ]*spam[^ ]*|junk|bulk|[^ ]*black-?list[^ ]*|black list[^ ]*|denylist[^ ]*|block list[^ ]*|whitelist[^ ]*|allow ?list[^ ]*|bann?ed|ban|rbl|RBL|dnsbl|(?<!not )listed (?:in|on|at|by)',
    'senders?|relay[^ ]*|temporar[^ ]*|busy|time-?out|timed out|rates?|rate-limit[^ ]*|throttl[^ ]*|limit(?:s|ed)?|login|password|credentials|virus|malware|content|filter[^ ]*|abus[^ ]*|suspicious|maintenance|overload[^ ]*|ip|IP|spf|dkim|dmarc|dns|reputation|security|unreachable|geo[^ ]*|too many',
    '(?:access|permission|relaying|message|mail|service|delivery|connection|request|command) (?:(?:is|was|has been) )?(?:denied|rejected|refused|declined)|access|rights|offline|down|unreachable',
  ],
  germanic: [
    'richtlinie[^ ]*|blockiert|geblockt|verweigert|abgelehnt|zuruckgewiesen|zurueckgewiesen|nicht (?:erlaubt|berechtigt|zugelassen|gestattet)|keine berechtigung|absender[^ ]*|zugriff[^ ]*|sperrliste|avvisa[^ ]*|blockera[^ ]*|blokere[^ ]*|blokkert|nektad|avsandar[^ ]*|estetty|kielletty',
  ],
  dutch: ['beleid|geblokkeerd|geweigerd|niet toegestaan|afzender|toegang'],
  romance: [
    'politi(?:ca|cas|que|ques|cii)|bloque[^ ]*|bloccat[^ ]*|blocat[^ ]*|rechazad[^ ]*|rejeitad[^ ]*|recusad[^ ]*|rifiutat[^ ]*|respint[^ ]*|refus[^ ]*|rejet[^ ]*|denegad[^ ]*|negad[^ ]*|negat[^ ]*|interdit[^ ]*|prohibid[^ ]*|proibid[^ ]*|autori[sz]z?[^ ]*|permitid[^ ]*|permess[^ ]*|consentit[^ ]*|permisos?|permissao',
    '(?:lista|liste) (?:negra|nera|gris|grigia|cinza|cinzenta|neagra|noire|grise)|remitente|remetente|mittente|expediteur|emetteur|expeditor[^ ]*|acces|acceso|acesso|accesso|temporal[^ ]*|temporaire[^ ]*|spam',
  ],
  slavic: [
    'polity[^ ]*|zasad[^ ]*|zablokowan[^ ]*|blokad[^ ]*|odrzucon[^ ]*|zabronion[^ ]*|nadawc[^ ]*|dostep[^ ]*|zablokovan[^ ]*|odmitnut[^ ]*|zamietnut[^ ]*|odesilatel[^ ]*|zakazan[^ ]*|pravid[^ ]*',
    'политик[^ ]*|правил[^ ]*|заблокирован[^ ]*|блокир[^ ]*|отклон[^ ]*|отказ[^ ]*|запрещ[^ ]*|запрет[^ ]*|отправител[^ ]*|спам[^ ]*|доступ[^ ]*|черн[^ ]* спис[^ ]*|заборон[^ ]*|відхил[^ ]*|временн[^ ]*',
  ],
  other: [
    'politika[^ ]*|engel[^ ]*|redded[^ ]*|reddi|izin[^ ]*|yasak[^ ]*|gonderen[^ ]*|gonderici[^ ]*|szabaly[^ ]*|tilt[^ ]*|letilt[^ ]*|elutasit[^ ]*|respins[^ ]*|interzis[^ ]*',
    'πολιτικ[^ ]*|αποκλει[^ ]*|απορρι[^ ]*|chinh sach|chan|tu choi|kebijakan|diblokir|ditolak|سياسة|السياسة|محظور[^ ]*|مرفوض[^ ]*|حظر[^ ]*|رفض[^ ]*|חסום|נדחה',
  ],
} as const;

/**
 * Causes that a headline names too (`Recipient rejected: user unknown or closed`): they count behind the "or" alone.
 */
const BEHIND =
  'den(?:y|ied|ies)|reject(?:ed|s|ion)?|refus(?:ed|es|al)|declin[^ ]*|fail(?:ed|s|ure)?|error|problem|not accept(?:ed|ing)|(?:does not|doesnt|wont) accept|messages?';
/**
 * Places: a word for one counts right beside the "or" only, since a mailbox is missing in one too (`in this domain`).
 */
const PLACE =
  '(?:domains?|hosts?|hostname|servers?|services?|systems?|connections?|network|domain name|serveur|servidor|servizio|server[^ ]*|sunucu|сервер[^ ]*|dominio|domaine|domane|домен)';
const DETERMINER = '(?:the|a|an|this|your|recipient|email|mail|invalid|unknown|bad|no|such)';
const MAILBOX = '(?:users?|mailbox|account|recipient|address|alias|username|local)';

/** "Blocked" about an account is a fault of the account, unless the text says by whom. */
const ACCOUNT_BLOCKED = once(
  () =>
    / (?:account|mailbox|konto|postfach|compte|cuenta|buzon|conta|caixa|casella|skrzynka|ucet|schranka|ящик|аккаунт|hesap) (?:(?:is|was|has been|ist|wurde|est|a ete|esta|ha sido|foi|e|e stata|jest|zostalo|je|был) )?(?:blocked|blockiert|bloque|bloquead[oa]|bloccat[oa]|zablokowan[^ ]*|zablokovan[^ ]*|заблокирован[^ ]*)(?! (?:by|from|using|for|due|przez|par|por|da) )/g,
);

const CONJUNCTION = once(() => new RegExp(` (?:${OR}|${OR_DUTCH}|${OR_ROMANCE})(?= )`));
const ALTERNATIVE = once(() => {
  const causeOf = (...lists: readonly (readonly string[])[]): string => `(?:${lists.flat().join('|')})`;
  const cause = causeOf(...Object.values(CAUSES));
  const orders = [
    `${OR}(?: [^ ]+){0,6} ${cause}`,
    `${cause}(?: [^ ]+){0,8} ${OR}`,
    `${OR}(?: [^ ]+){0,4} (?:${BEHIND})`,
    `${OR}(?: ${DETERMINER}){0,3} ${PLACE}`,
    `${PLACE} ${OR}(?: ${DETERMINER}){0,2} ${MAILBOX}`,
    `${OR_DUTCH}(?: [^ ]+){0,6} ${causeOf(CAUSES.dutch)}`,
    `${OR_ROMANCE}(?: [^ ]+){0,6} ${causeOf(CAUSES.romance)}`,
  ];
  return new RegExp(` (?:${orders.join('|')})(?= )`);
});
const ALTERNATIVE_CJK = once(() => {
  const or = '(?:或|または|又は|もしくは|あるいは|[いるた]か |또는|혹은|거나)';
  const cause =
    '(?:拒绝|拒絕|拒收|拒否|黑名单|黑名單|策略|政策|限制|垃圾|禁止|发件人|發件人|寄件者|屏蔽|封锁|封鎖|权限|權限|灰名单|灰名單|ブロック|ポリシー|制限|迷惑|送信者|スパム|許可|차단|거부|정책|스팸|제한|권한)';
  return new RegExp(`${or}[^.]{0,24}${cause}|${cause}[^.]{0,16}${or}`);
});

/** All patterns of this file that are tested against words: they enter the version of the rules. */
export const DOUBTS: readonly Pattern[] = [
  ON_THE_ASKER,
  OF_ANOTHER,
  OF_ANOTHER_FOREIGN,
  OF_ANOTHER_CJK,
  FOR_NOW,
  FOR_NOW_CJK,
  ACCOUNT_BLOCKED,
  ALTERNATIVE,
  ALTERNATIVE_CJK,
];

/** Marks between clauses; the end of a line is none, since servers break their sentences there. */
const CLAUSE_MARK = /( [.] | - | [/] |[:;()[\]{}|])/;
/** A slash before no more than three words: `user unknown / spam`; before more it parts two languages. */
const SHORT_ALTERNATIVE = / [/] (?=(?:[^ /]+ ){1,3}(?:[/] |$))/g;
/** Stands for a clause that was left out: a word that no phrase matches. */
const LEFT_OUT = ' . OR . ';

/**
 * The words of a reply without the clauses that put a cause of another kind beside a fault of the mailbox; all words if
 * there is no such clause.
 */
export function certainWords({ words, marked }: Wording): string {
  if (!mayHoldAlternative(words, marked)) return words;
  const parts = marked.replace(SHORT_ALTERNATIVE, ' or ').split(CLAUSE_MARK);
  const certain = parts.map((part) => (isAlternative(part) ? LEFT_OUT : part));
  return certain.includes(LEFT_OUT) ? squeeze(certain.join('')) : words;
}

/** A cheap pre-test; most replies end here. */
function mayHoldAlternative(words: string, marked: string): boolean {
  if (ALTERNATIVE_CJK().test(words) || marked.includes(' / ')) return true;
  return CONJUNCTION().test(words) && ALTERNATIVE().test(words);
}

function isAlternative(clause: string): boolean {
  const words = squeeze(` ${clause} `).replace(ACCOUNT_BLOCKED(), ' account');
  return ALTERNATIVE().test(words) || ALTERNATIVE_CJK().test(words);
}
