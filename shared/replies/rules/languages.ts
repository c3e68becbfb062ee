/**
 * The findings in other languages than English.
 *
 * One row per language and finding; accents do not matter (shared/replies/wording.ts folds them, `ü` is `u`), so a
 * phrase stands for both spellings. Replies that blame us in these languages mostly name the IP, the sender or a list
 * and stand in `FOREIGN_US`, which is tried before the rows about the mailbox. Rows for Chinese, Japanese and Korean
 * test parts of words, because these languages do not separate words.
 */
import { type Pattern, phrases, type RuleRow } from '../rule.ts';

const SEEN = '2026-11';
const OBSERVED = 'wordings of providers and localised mail servers';

type Finding = Pick<RuleRow, 'class' | 'codes' | 'stages'>;
const ABOUT_US: Finding = { class: 'ip_blocked', codes: [4, 5] };
const FULL: Finding = { class: 'mailbox_full', codes: [4, 5], stages: ['rcpt'] };
const CLOSED: Finding = { class: 'mailbox_disabled', codes: [5], stages: ['rcpt'] };
const MISSING: Finding = { class: 'mailbox_not_found', codes: [5], stages: ['rcpt'] };

/**
 * Things other than a mailbox, unless a mailbox is missing in them (`no existe en este servidor`): the server, the
 * domain or a user's password can be unknown too, and a reply that speaks of one is not believed to be about a mailbox.
 */
const OTHER_THINGS = phrases(
  '(?<! (este|esse|ese|esta|nuestro|neste|nesse|nosso|ce|cet|notre|deze|dit|ons|onze|diesem|dieser|unserem|unserer|questo|nostro|tomto|nasem|tym|naszym|этом|нашем|цьому|bu|detta|denna|vart|dette|denne|vores|in|im|dem|la|le|el|il|o|op|de|ezen|aceste?|acest|sul|nel|del|su|sur|na|no|pe|pa|bij|au|en|a) )(servidor|servidores|serveur|server|serwer|serveru|сервер|сервера|sunucu|sunucusu|kiszolgalo)',
  '(dominio|dominios|domaine|domein|domena|domenu|домен|домена|alan adi|tartomany) (del|de|do|da|du|des|della|van|der|odbiorcy|prijemce|получателя)',
  '(conexion|conexao|connexion|connessione|verbindung|verbinding|polaczeni[^ ]*|spojeni|соединени[^ ]*|baglanti|certificad[^ ]*|certificat[^ ]*|zertifikat[^ ]*|certyfikat[^ ]*|сертификат[^ ]*|licenci[^ ]*|lizenz[^ ]*)',
  '(cle|clave|llave|chave|chiave|grupo|groupe|gruppo|lista|liste) (de|del|do|di|des|du)|schlussel|ключ',
);

function row(id: string, finding: Finding, text: Pattern, sample: string): RuleRow {
  return { id, provider: null, ...finding, text, sample, source: OBSERVED, seen: SEEN };
}

export const FOREIGN_US: readonly RuleRow[] = [
  {
    // A noun for the sender is enough, whatever the reply says of it. Arabic calls the recipient "the one sent to".
    ...row(
      'us-sender-foreign',
      { class: 'sender_rejected', codes: [4, 5] },
      phrases(
        '(absender|sendende|emisor|envoyeu|remetente|mittente|expediteur|emetteur|afzender|avsandar|afsender|avsender|lahettaj|nadawc|odesilatel|odosielatel|отправител|відправник|подател|gonderen|gonderici|felado|expeditor|trimitator|posiljatelj|posiljalec|siuntej|sutitaj|saatja|αποστολ)[^ ]*',
        '(المرسل|مرسل)(?! (إليه|اليه))|השולח|שולח|nguoi gui|pengirim|ผู้ส่ง',
      ),
      '550 المرسل غير موجود',
    ),
    unless: phrases(
      'informer|contacter|avertir|contactar|avisar|contattare|avvisare|benachrichtigen|informieren|contacte|contatte',
    ),
  },
  row(
    'us-address-in-dns-foreign',
    ABOUT_US,
    phrases(
      '(gefunden|vorhanden|encontrad[oa]|existe|introuvable|trouvee?|trovat[oa]|esiste|найден[^ ]*|gevonden|znalezion[^ ]*|nalezen[^ ]*|bulunamadi|talalhato)~dns|dns~(gefunden|vorhanden|encontrad[oa]|existe|introuvable|trouvee?|trovat[oa]|esiste|найден[^ ]*|gevonden|znalezion[^ ]*|nalezen[^ ]*|bulunamadi|talalhato)',
      '(inversa|inverso|reversa|reverso|inverse|обратн[^ ]*|зворотн[^ ]*|odwrotn[^ ]*|zpetn[^ ]*|reverzn[^ ]*|ruckwart[^ ]*|omgekeerde?|omvand[^ ]*)~(ip|dns|resolucion|resolucao|risoluzione|resolution|запис[^ ]*|зон[^ ]*|zaznam[^ ]*|rekord[^ ]*|auflosung|record|registro)',
    ),
    '550 Для адреса 192.0.2.25 не найдена обратная запись DNS',
  ),
  {
    ...row(
      'us-login-foreign',
      { class: 'requires_tls_or_auth', codes: [4, 5] },
      phrases(
        'contrasena|clave|senha|mot de passe|passwort|kennwort|wachtwoord|haslo|heslo|парол[^ ]*|parola|sifre[^ ]*|jelszo|losenord|adgangskode|passord|salasana|kodikos',
        'autenticarse|autentificarse|autenticar-se|authentifier|authentifizier[^ ]*|anmeldung erforderlich|kimlik dogrula[^ ]*|prihlas[^ ]*|zalogu[^ ]*|autoryzac[^ ]*|авториз[^ ]*|аутентификац[^ ]*',
      ),
      '550 Usuario o contraseña incorrectos',
    ),
  },
  row(
    'us-recipient-accepts-not',
    { class: 'policy_other', codes: [5] },
    phrases(
      'naccepte (pas|aucun|plus)|nacceptent (pas|aucun)|no (acepta|admite|permite)|nao (aceita|permite)|non (accetta|ammette)|akzeptiert (keine|nicht)|nimmt keine|lehnt~ab|(refuse|refusent|bloque) (les|des|tout|toute|tous)|rechaza|rechazan|recusa|rejeita|bloquea|rifiuta|blocca|weigert|blokkeert|avvisar|afviser|accepteert (geen|niet)|tar (inte|ej) emot|modtager ikke|tar ikke imot',
      'не принима[^ ]*|не приима[^ ]*|nie (przyjmuje|akceptuje)|neprijima[^ ]*|neakceptuje|blokuje|odrzuca|odmita|блокирует|отклоняет|отвергает|reddediyor|engelliyor|elutasitja|kabul et(miyor|mez|memekte)[^ ]*|nem fogad[^ ]*|nu accepta|لا يقبل|لا تقبل',
      'ne (souhaite|veut|desire|permet) (pas|plus)|(wunscht|mochte|will) keine|no (desea|quiere|autoriza)|nao (deseja|quer|autoriza)|non (desidera|vuole|autorizza)|wil geen|nie (zyczy|chce|zezwala)|nechce|nepreje|vill inte|onsker ikke|не (хочет|желает|разрешает)|запретил[^ ]*|istemiyor|nem (kivan|akar)[^ ]*|nu (doreste|vrea)|لا يريد|لا يرغب',
    ),
    "550 Le destinataire n'accepte pas les messages d'adresses inconnues",
  ),
  row(
    'us-refused-german',
    ABOUT_US,
    phrases(
      '(ip|ip-adresse|server|host|rechner|verbindung|absender|mailserver|client)~(gesperrt|blockiert|abgelehnt|verweigert|geblockt|nicht (erlaubt|zugelassen|akzeptiert)|zuruckgewiesen|zurueckgewiesen)',
      'schwarzen liste|sperrliste',
    ),
    '554 Ihre IP-Adresse wurde wegen Spam-Versands gesperrt',
  ),
  row(
    'us-refused-french',
    ABOUT_US,
    phrases(
      '(ip|adresse ip|serveur|connexion|hote|expediteur|emetteur|domaine)~(bloquee?s?|refuse[^ ]*|rejete[^ ]*|interdit[^ ]*|blackliste[^ ]*|non autorise[^ ]*)',
      'liste noire',
    ),
    '550 Adresse IP source bloquée pour incident de spam',
  ),
  row(
    'us-refused-spanish',
    ABOUT_US,
    phrases(
      '(ip|direccion ip|servidor|conexion|host|dominio)~(bloquead[oa]|rechazad[oa]|denegad[oa]|no (autorizad[oa]|permitid[oa])|prohibid[oa])',
      'lista negra|listas negras',
    ),
    '554 Conexión rechazada: su servidor no está autorizado',
  ),
  row(
    'us-refused-portuguese',
    ABOUT_US,
    phrases(
      '(ip|endereco ip|servidor|conexao|ligacao|host|dominio)~(bloquead[oa]|rejeitad[oa]|recusad[oa]|negad[oa]|nao (autorizad[oa]|permitid[oa])|proibid[oa])',
    ),
    '554 Conexão recusada para este servidor',
  ),
  row(
    'us-refused-italian',
    ABOUT_US,
    phrases(
      '(ip|indirizzo ip|server|connessione|host|dominio)~(bloccat[oa]|rifiutat[oa]|negat[oa]|respint[oa]|non (autorizzat[oa]|consentit[oa]))',
      'lista nera',
    ),
    '554 Indirizzo IP bloccato, connessione rifiutata',
  ),
  row(
    'us-refused-dutch',
    ABOUT_US,
    phrases('(ip|ip-adres|server|verbinding|host)~(geblokkeerd|geweigerd|niet toegestaan)', 'zwarte lijst'),
    '554 Uw IP-adres is geblokkeerd, verbinding geweigerd',
  ),
  row(
    'us-refused-polish',
    ABOUT_US,
    phrases(
      '(ip|adres ip|serwer|polaczenie|host|wiadomosc)~(zablokowan[^ ]*|odrzucon[^ ]*|niedozwolon[^ ]*|zabronion[^ ]*)',
      'czarnej liscie',
    ),
    '554 Połączenie odrzucone',
  ),
  row(
    'us-refused-russian',
    ABOUT_US,
    phrases(
      '(ip|ip-адрес[^ ]*|сервер[^ ]*|соединени[^ ]*|подключени[^ ]*|хост[^ ]*|письмо|сообщени[^ ]*)~(заблокирован[^ ]*|отклонен[^ ]*|запрещен[^ ]*|черн[^ ]*|отвергнут[^ ]*)',
      'черн[^ ]* списк[^ ]*',
    ),
    '550 Соединение отклонено: ваш IP-адрес в чёрном списке',
  ),
  row(
    'us-relay-foreign',
    { class: 'relay_denied', codes: [4, 5] },
    phrases(
      '(relais|relayage|reenvio|reencaminhamento|retransmision|inoltro|doorsturen|predavani|przekazywanie|пересылка|aktarim)~(refuse|interdit|non|denegad[oa]|no|negado|nao|niet|neni|zabronion[^ ]*|запрещен[^ ]*|yok|izni)',
      'dominio~(no|nao) (pertenece|pertence|esta|es|faz|e)|nicht zustandig~domain|nesse dominio',
    ),
    '550 Relais refusé',
  ),
  row(
    'us-policy-foreign',
    { class: 'policy_other', codes: [4, 5] },
    phrases(
      '(ihr|ihre|dein|deine) (konto|postfach|account|benutzerkonto|adresse|domain|mailbox)~(gesperrt|deaktiviert|blockiert|nicht|voll|unbekannt|existiert|ungu?e?ltig|uberschritten)',
      'votre (compte|adresse|domaine|messagerie|boite)~(bloque[^ ]*|suspendu[^ ]*|desactive[^ ]*|refuse[^ ]*|nexiste|nest|inconnu[^ ]*|pleine?|invalide|introuvable)',
      '(su|tu) (cuenta|direccion|dominio|buzon|casilla)~(bloquead[oa]|suspendid[oa]|deshabilitad[oa]|desactivad[oa]|no|llen[oa]|desconocid[oa]|inexistente)',
      '(sua|seu) (conta|mensagem|caixa|endereco|dominio)~(bloquead[oa]|suspens[oa]|desativad[oa]|recusad[oa]|nao|chei[oa]|desconhecid[oa]|inexistente)',
      '(tuo|tua|vostro|vostra|suo|sua) (account|indirizzo|dominio|casella)~(bloccat[oa]|sospes[oa]|disabilitat[oa]|disattivat[oa]|non|pien[oa]|sconosciut[oa]|inesistente)',
      'uw (account|adres|domein|mailbox)~(geblokkeerd|geschorst|uitgeschakeld|vol|niet|onbekend)',
      '(twoje|twoj|twoja) (konto|adres|skrzynka|domena)~(zablokowan[^ ]*|zawieszon[^ ]*|wylaczon[^ ]*|nie|pelna|nieznan[^ ]*)',
      'ваш[^ ]* (аккаунт|ящик|адрес|почтов[^ ]* ящик|домен|учетн[^ ]* запись)~(заблокирован[^ ]*|отключен[^ ]*|приостановлен[^ ]*|не|переполнен|неизвестен)',
      'zugriff verweigert|spam-?verdacht|aus richtlinien[^ ]*|richtlinien?',
      'service refuse|acces (refuse|interdit)|message[s]? (refuse|rejete)(e|s|es)?|ont ete bloques|mail rejete|politique',
      'acceso denegado|no permitido|politicas?|acesso negado|nao permitido',
      'posta (elettronica )?(non|ordinaria)( pec| certificata)|non abilitat[oa]~(ricezione|ricevere)|solo~(pec|posta certificata)|accesso negato|non consentit[oa]',
      'toegang geweigerd|beleid|dostep zabroniony|odmowa dostepu|доступ запрещен|спам[^ ]*|политик[^ ]*|politika[^ ]*|zasad[^ ]*',
    ),
    '550 5.7.1 Mensaje rechazado por política de la organización',
  ),
  row(
    'us-recipient-accepts-not-cjk',
    { class: 'policy_other', codes: [5] },
    /(?:不接收|不接受|不想接收|不希望|不愿|不願|拒收|受け付け(?:ません|ない|られません)|受信しません|受け取りません|받지 않|수신하지 않|수신을 거부|원하지 않|希望しません|希望していません)/,
    '550 收件人不接收未知地址的邮件',
  ),
  row(
    'us-sender-cjk',
    { class: 'sender_rejected', codes: [4, 5] },
    /(?:发件人|發件人|寄件者|寄件人|发信人|發信人|发送方|发件箱|送信元|発信元|送信者|差出人)[^.]{0,16}(?:不存在|无效|無效|未知|不合法|存在し|見つか|不明|無効)|(?:보낸 ?사람|발신자)[^.]{0,12}(?:없|존재|확인|올바르)/,
    '550 发件人地址不存在',
  ),
  row(
    'us-refused-cjk',
    ABOUT_US,
    /(?:发件人|發件人|寄件者|寄件人|发送方|ip|连接|連線|来信|服务器|伺服器|邮件|郵件)[^.]{0,16}(?:拒绝|拒絕|拒收|禁止|黑名单|黑名單|屏蔽|封锁|封鎖|限制|退信)|黑名单|黑名單|垃圾邮件|(?:发件人|發件人|寄件者|寄件人|发信人|發信人|发送方|发件箱|送信元|発信元|送信者|差出人)[^.]{0,16}(?:不存在|无效|無效|未知|存在し|見つか|不明)|(?:보낸 ?사람|발신자)[^.]{0,12}(?:없|존재)|[您你]的(?:账号|帐号|帳號|账户|帐户|邮箱|ip)|(?:接続|送信元|送信者|サーバー?|メール)[^.]{0,16}(?:拒否|ブロック|許可されていません|制限されています)|迷惑メール|ブラックリスト|(?:차단|스팸)/,
    '550 您的IP在黑名单中,连接被拒绝',
  ),
];

export const FOREIGN_FULL: readonly RuleRow[] = [
  row(
    'mailbox-full-german',
    FULL,
    phrases(
      '(postfach|mailbox|konto|briefkasten|posteingang)~(limit erreicht|voll|ist voll|uberfullt|ueberfuellt|uberlaufen|uberschritten|ueberschritten|kein platz)',
      '(quota|kontingent|speichervolumen|speicherplatz|speicherlimit|speicher)~(uberschritten|ueberschritten|erschopft|erschoepft|aufgebraucht|voll)',
      '(zuviele|zu viele) (mails|nachrichten)~(server|postfach|konto)',
    ),
    '552 Das Postfach des Empfängers ist voll',
  ),
  row(
    'mailbox-full-french',
    FULL,
    phrases(
      '(boite|bal|compte|messagerie)~(pleine|plein|saturee|sature|depasse[^ ]*)',
      '(quota|espace)~(depasse|atteint|insuffisant|epuise)',
    ),
    '552 Boîte aux lettres pleine',
  ),
  row(
    'mailbox-full-spanish-portuguese',
    FULL,
    phrases(
      '(buzon|casilla|cuenta|bandeja|usuario|destinatario|caixa|caixa postal|conta|correio|utilizador)~(llen[oa]|saturad[oa]|sin espacio|no (tiene|hay|dispone de) (mas |suficiente )?espacio|excedid[oa]|excede|ha (superado|alcanzado|excedido)|chei[oa]|lotad[oa]|sem espaco|nao (tem|ha) (mais )?espaco|excedeu|atingiu|esgotad[oa])',
      '(cuota|quota|cota|espacio|espaco|limite)~(excedid[oa]|superad[oa]|agotad[oa]|esgotad[oa]|ultrapassad[oa]|insuficiente|sobrepasad[oa])',
      '(excedeu|excede|excedio|ha excedido|superado)~(cuota|quota|cota|espacio|espaco|limite)',
    ),
    '552 La casilla del usuario está llena, cuota excedida',
  ),
  row(
    'mailbox-full-italian-dutch',
    FULL,
    phrases(
      '(casella|cassetta|account|mailbox|postvak|postbus)~(piena|satura|pieno|vol|overschreden)',
      '(spazio|ruimte)~(insufficiente|non sufficiente|onvoldoende)|niet genoeg ruimte',
      '(quota|spazio|quotum|ruimte)~(superat[oa]|esaurit[oa](?! sul (device|disco|server))|eccedut[oa]|overschreden)',
    ),
    '552 La casella del destinatario è piena',
  ),
  row(
    'mailbox-full-slavic',
    FULL,
    phrases(
      'skrzynka~(przepelnion[ay]|pelna|zapelniona)|przekroczon[^ ]*~(limit|pojemnosc|quota|miejsc[^ ]*)|brak miejsca',
      '(schranka|schrankou)~(je plna|plna|zaplnena|preplnena)|prekrocen[^ ]*~(kvot[^ ]*|limit)|(kvota|limit)~prekrocen[^ ]*',
      '(ящик[^ ]*|почтов[^ ]* ящик[^ ]*|квот[^ ]*|хранилищ[^ ]*)~(переполнен[^ ]*|заполнен[^ ]*|полон|превышен[^ ]*)|превышен[^ ]*~(квот[^ ]*|размер[^ ]*|объем[^ ]*)|нет места|недостаточно~места|(скриньк[^ ]*|пощенск[^ ]* кутия)~(переповнен[^ ]*|пълна|препълнена)',
      'postafiok[^ ]*~(megtelt|tele)|kutusu~(dolu|doldu)|kota[^ ]* (doldu|dolu|asildi|asilmis)',
      'casuta~plina|spatiu insuficient|(brevladan?|postkassen?|postkasse|inboksen|inkorgen?|postladan?) (ar |er )?(full|fuld)|postilaatikko~taynna|sanducic~pun|γραμματοκιβωτιο~γεματο|hop thu~day|kotak (surat|masuk)~penuh',
    ),
    '552 5.2.2 Почтовый ящик получателя переполнен',
  ),
  row(
    'mailbox-full-cjk',
    FULL,
    /(?:邮箱|郵箱|信箱|空间|空間|容量|配额|配額)[^.]{0,12}(?:满|滿|不足|超出|超过|超過|超限)|(?:メールボックス|受信箱|容量|ボックス|クォータ)[^.]{0,16}(?:いっぱい|一杯|満杯|超過|超え|オーバー|上限)|(?:메일함|용량)[^.]{0,10}(?:가득|초과)/,
    '552 收件人邮箱已满',
  ),
  row(
    'mailbox-full-arabic',
    FULL,
    phrases(
      'تجاوز[^ ]* (حصة|سعة|مساحة)[^ ]*',
      '(صندوق|الصندوق|البريد|علبة|الحصة|حصة|مساحة|السعة)~(ممتلئ|ممتلئة|ممتلىء|تجاوز[^ ]*|امتلأ|امتلات|نفدت)',
    ),
    '552 صندوق البريد ممتلئ',
  ),
];

const CLOSED_ROWS: readonly RuleRow[] = [
  row(
    'mailbox-disabled-german',
    CLOSED,
    phrases(
      '(konto|e-mail-konto|mailkonto|postfach|benutzer|benutzerkonto|adresse|account|empfa?e?nger|mailbox)~(abgelaufen|geloscht|gesperrt|deaktiviert|inaktiv|geschlossen|stillgelegt|abgeschaltet|gekundigt|nicht mehr aktiv)',
    ),
    '550 5.2.1 Das Postfach wurde deaktiviert',
  ),
  row(
    'mailbox-disabled-french',
    CLOSED,
    phrases(
      '(compte|boite|boite aux lettres|adresse|utilisateur|destinataire)~(desactive|desactivee|suspendu|suspendue|ferme|fermee|bloque|bloquee|cloture|cloturee|inactif|inactive|archivee|archive|resilie|a expire|expire|expiree|supprimee?)',
    ),
    '550 5.5.0 Le compte du destinataire est bloqué',
  ),
  row(
    'mailbox-disabled-spanish-portuguese',
    CLOSED,
    phrases(
      '(cuenta|buzon|usuario|casilla|direccion de correo|conta|caixa|caixa postal|utilizador|destinatario)~(deshabilitad[oa]|ha expirado|ha caducado|inhabilitad[oa]|suspendid[oa]|suspens[oa]|desactivad[oa]|desativad[oa]|desabilitad[oa]|inactiv[oa]|inativ[oa]|bloquead[oa]|cancelad[oa]|cerrad[oa]|expirad[oa]|caducad[oa]|encerrad[oa]|dad[oa] de baja)',
    ),
    '550 5.2.1 Cuenta deshabilitada por inactividad',
  ),
  row(
    'mailbox-disabled-italian-dutch',
    CLOSED,
    phrases(
      '(casella|cassetta|account|utente|utenza|indirizzo|destinatario)~(disabilitat[oa]|sospes[oa]|disattivat[oa]|bloccat[oa]|inattiv[oa]|chius[oa]|scadut[oa]|cessat[oa])',
      '(mailbox|postbus|postvak|gebruiker|account|adres|emailadres|e-mailadres)~(uitgeschakeld|verwijderd|geblokkeerd|geschorst|opgeheven|inactief|gedeactiveerd|gesloten)',
    ),
    '550 5.2.1 Account disabilitato',
  ),
  row(
    'mailbox-disabled-slavic',
    CLOSED,
    phrases(
      '(konto|skrzynka|uzytkownik|adres)~(zablokowan[^ ]*|nieaktywn[^ ]*|zawieszon[^ ]*|wylaczon[^ ]*|usuniet[^ ]*)',
      '(schranka|ucet|uzivatel|pouzivatel)~(zablokovan[^ ]*|zrusen[^ ]*|deaktivovan[^ ]*)',
      '(скриньк[^ ]*|обліков[^ ]* запис)~(заблокован[^ ]*|вимкнен[^ ]*|видален[^ ]*)',
      '(hesap|hesabi|kullanici|posta kutusu)~(devre disi[^ ]*|askiya alin[^ ]*|pasif|kapatil[^ ]*|kapali|dondurul[^ ]*)|(kontot|kontoen|brevladan|postkassen)~(stangt|sparrat|inaktiverat|avslutat|lukket|sparret|deaktivert|nedlagt|stengt)|fiok~(letiltva|megszunt|felfuggesztve)',
      '(ящик[^ ]*|аккаунт[^ ]*|пользовател[^ ]*|учетная запись|адресат[^ ]*|получател[^ ]*)~(заблокирован[^ ]*|отключен[^ ]*|приостановлен[^ ]*|неактив[^ ]*|деактивирован[^ ]*|закрыт[^ ]*)',
    ),
    '550 5.2.1 Podane konto jest zablokowane administracyjnie',
  ),
  row(
    'mailbox-disabled-cjk',
    CLOSED,
    /(?:邮箱|郵箱|信箱|帐号|账号|帳號|帐户|账户|用户|收件人)[^.]{0,12}(?:停用|禁用|未开通|未開通|未激活|未启用|冻结|凍結|锁定|鎖定|注销|註銷|过期|過期|暂停|暫停|停权|停權|被封|已封)|(?:アカウント|ユーザー?|メールボックス|メールアドレス)[^.]{0,16}(?:停止|無効化|凍結|ロック|解約|休止)|(?:휴면|정지)/,
    '550 该用户已被冻结',
  ),
  row(
    'mailbox-disabled-arabic',
    CLOSED,
    phrases(
      '(الحساب|حساب|صندوق|الصندوق|المستخدم|البريد)~(معطل|موقوف|مغلق|موقف|غير (نشط|مفعل))',
      '(تم )?(تعطيل|تعليق|إيقاف|إغلاق|الغاء|إلغاء) (هذا )?(الحساب|حساب|صندوق|المستخدم)',
    ),
    '550 تم تعطيل الحساب',
  ),
];

const MISSING_ROWS: readonly RuleRow[] = [
  row(
    'mailbox-not-found-german',
    MISSING,
    phrases(
      '(benutzer|empfa?e?nger|empfa?e?ngeradresse|postfach|adresse|mailadresse|email-adresse|e-mail-adresse|emailadresse|konto|e-mail-konto|benutzerkonto|teilnehmer|mailbox|user)~(unbekannt|(existiert|ist) (hier|bei uns|auf diesem server|in dieser domain) nicht|nicht (gefunden|vorhanden|bekannt|existent|gultig|gueltig|zustellbar|erreichbar)|nicht mehr (vorhanden|verfugbar|verfuegbar|gultig|gueltig|aktiv|erreichbar|existent)|existiert nicht|existieren nicht|ungu?e?ltig|nicht vergeben|gibt es nicht|falsch)',
      'gibt (es )?keine?n? (person|benutzer|empfa?e?nger|postfach|adresse)',
      '(unbekannter?|unbekannte|unbekanntes|ungu?e?ltiger?|ungu?e?ltige|kein|keinen|falscher?|falsche) (solcher |solchen |solches |lokaler )?(benutzer|empfa?e?nger|empfa?e?ngeradresse|adresse|postfach|user|teilnehmer|mailadresse|konto)',
    ),
    '550 5.1.1 Empfänger unbekannt',
  ),
  row(
    'mailbox-not-found-french',
    MISSING,
    phrases(
      '(utilisateur|utilisatrice|destinataire|destinataires|adresse|boite|boite aux lettres|compte|bal|usager|abonne|correspondant)~(inconnue?s?|nest (pas|plus) (valide|connue?|reconnue?|correcte?)|inexistante?s?|introuvable|invalide|nexiste (pas|plus)|non trouvee?|erronee?|incorrecte?|pas trouvee?|not found)',
      '(aucune?|pas de|cette?) (utilisateur|compte|destinataire|boite|adresse|abonne)~(nexiste|trouve|ce nom|correspond)',
      'nexiste (pas|plus)',
    ),
    "550 5.1.1 Adresse d'au moins un destinataire invalide",
  ),
  row(
    'mailbox-not-found-spanish',
    MISSING,
    phrases(
      '(usuario|destinatario|buzon|cuenta|casilla|direccion|direccion de correo|persona|receptor)~(desconocid[oa]|(ya )?no existe|inexistente|no (fue |ha sido |pudo ser )?(encontrad[oa]|localizad[oa]|hallad[oa])|no se (encontro|encuentra|ha encontrado|reconoce)|invalid[oa]|no (es )?valid[oa]|no (esta )?registrad[oa]|no (esta )?dad[oa] de alta|no corresponde a ningun[^ ]*|no (figura|aparece|consta)|incorrect[oa]|errone[oa]|eliminad[oa])',
      'no se encuentra~(libreta|directorio)',
      '(no existe|no se encontro|no se ha encontrado|no hay|no tenemos|no conocemos)~(usuario|cuenta|persona|buzon|direccion|destinatario|casilla)',
      'ningun[ao]? (usuario|cuenta|persona|buzon|direccion|destinatario|casilla)~(con|llamad[oa]|encontrad[oa]|corresponde|tiene)',
    ),
    '550 5.1.1 El usuario no existe',
  ),
  row(
    'mailbox-not-found-portuguese',
    MISSING,
    phrases(
      '(usuario|utilizador|destinatario|conta|caixa|caixa postal|endereco|email)~(desconhecid[oa]|nao existe( mais)?|inexistente|nao (foi )?(encontrad[oa]|localizad[oa])|nao (foi )?reconhecid[oa]|invalid[oa]|nao (e )?valid[oa]|nao (esta )?(cadastrad[oa]|registrad[oa]|registad[oa])|nao (consta|pertence)|incorret[oa]|excluid[oa]|removid[oa])',
      'nenhum[a]? (usuario|conta|caixa|endereco|destinatario|utilizador)~(com|chamad[oa]|encontrad[oa]|corresponde|existe)',
      '(nao existe|nao foi encontrad[oa]|nao ha)~(usuario|conta|caixa|endereco|destinatario|utilizador)',
    ),
    '550 5.1.1 Endereço de email não encontrado',
  ),
  row(
    'mailbox-not-found-italian',
    MISSING,
    phrases(
      '(utente|destinatario|casella|cassetta|indirizzo|account|mailbox|utenza)~(sconosciut[oa]|inesistente|non (e stat[oa] )?trovat[oa]|non esiste( piu)?|non (e )?valid[oa]|errat[oa]|non (e )?presente|non (e )?(registrat[oa]|riconosciut[oa])|non corrisponde a nessun[^ ]*|eliminat[oa]|rimoss[oa])',
      'dest(in)? [.] (sconosciut[oa]|inesistente|errat[oa])',
      'nessun[a]? (utente|account|casella|destinatario)|non esiste (nessun|alcun|questo|questa)',
    ),
    '550 5.1.1 Utente sconosciuto',
  ),
  row(
    'mailbox-not-found-dutch-nordic',
    MISSING,
    phrases(
      '(gebruiker|ontvanger|mailbox|postbus|postvak|adres|emailadres|e-mailadres|mailadres|geadresseerde|account)~(onbekend|niet~gevonden|bestaat~niet|ongeldig|niet~(bekend|geldig))',
      'geen (mailbox|postbus|postvak|gebruiker|account|ontvanger|adres)~(met|deze|die|gevonden|bekend)',
      '(onbekende|ongeldige) (gebruiker|ontvanger|adres|mailbox|geadresseerde)',
      '(okand|ukendt|ukjent|ogiltig|ugyldig) (anvandare|mottagare|bruger|modtager|bruker|mottaker|adress|adresse)',
      '(mottagaren?|anvandaren?|modtageren?|brugeren?|mottakeren?|brukeren?|adressen)~(finns (inte|ej)|findes ikke|finnes ikke|eksisterer ikke|okand|ukendt|ukjent)',
      'tuntematon (kayttaja|vastaanottaja|osoite)|(vastaanottajaa|kayttajaa|osoitetta) ei (ole|loydy|loytynyt)',
    ),
    '550 5.1.1 Gebruiker onbekend',
  ),
  row(
    'mailbox-not-found-polish-czech',
    MISSING,
    phrases(
      '(uzytkownik|odbiorca|adresat|konto|skrzynka|adres|skrzynki|konta)~(nieznan[^ ]*|nie istnieje|nie (zostal[^ ]* )?(znalezion[^ ]*|odnalezion[^ ]*)|nieistniejac[^ ]*|nieprawidlow[^ ]*|bledny|nie jest zarejestrowan[^ ]*|usuniet[^ ]*)',
      '(nieznany|nieprawidlowy|nieistniejacy|bledny) (uzytkownik|odbiorca|adresat|adres)|(brak|nie ma|nie znaleziono)~(uzytkownika|konta|skrzynki|adresata|odbiorcy|adresu)',
      '(uzivatel|pouzivatel|prijemce|prijemca|schranka|adresa|adresat|ucet)~(neexistuj[^ ]*|neznam[^ ]*|nenalezen[^ ]*|nebyl[^ ]* (nalezen|rozpoznan)[^ ]*|nenajden[^ ]*|nebol[^ ]* najden[^ ]*|neplatn[^ ]*)|(takov[^ ]*|zadn[^ ]*) (uzivatel|prijemce|adresat|schranka|adresa|ucet)~neexistuje|neznam(y|a) (uzivatel|pouzivatel|prijemce|prijemca|adresat|adresa|schranka)',
    ),
    '550 5.1.1 Użytkownik nie istnieje',
  ),
  row(
    'mailbox-not-found-russian',
    MISSING,
    phrases(
      '(пользовател[^ ]*|получател[^ ]*|адресат[^ ]*|ящик[^ ]*|адрес[^ ]*|аккаунт[^ ]*|абонент[^ ]*|учетн[^ ]* запис[^ ]*|користувач[^ ]*|скринька|одержувач[^ ]*|отримувач[^ ]*|потребител[^ ]*)~(не (найден[^ ]*|существует|зарегистрирован[^ ]*|обнаружен[^ ]*|знайдено|існує)|неизвест[^ ]*|невідом[^ ]*|отсутствует|недействител[^ ]*|неверн[^ ]*|нет|удален[^ ]*)',
      '(такоі|таку) скриньк[^ ]* не|няма такъв~(потребител|адрес)|(потребител[^ ]*|адрес[^ ]*)~(не съществува|не е намерен|непознат)',
      '(нет|не существует|неизвестный|неверный|несуществующий|такого|немає)~(пользовател[^ ]*|ящик[^ ]*|адрес[^ ]*|получател[^ ]*|адресат[^ ]*|користувач[^ ]*)',
    ),
    '550 5.1.1 Такого пользователя не существует',
  ),
  row(
    'mailbox-not-found-other',
    MISSING,
    phrases(
      'ismeretlen (felhasznalo|cimzett|cim)|nincs ilyen (felhasznalo|cim|cimzett|postafiok)|(cimzett|postafiok|felhasznalo)~(nem letezik|ismeretlen|nem talalhato)',
      '(kullanici|kullanicisi|alici|alici adresi|adres|adresi|hesap|posta kutusu)~(bulunamadi|bulunamiyor|bulunmamakta[^ ]*|bulunmuyor|bilinmiyor|bilinmemekte[^ ]*|mevcut degil[^ ]*|yok|yoktur|gecersiz)|(gecersiz|bilinmeyen) (alici|kullanici|adres)|boyle bir (kullanici|hesap|adres) yok',
      '(utilizatorul|destinatarul|adresa|contul|casuta)~(nu exista|nu a fost gasit[^ ]*|necunoscut[^ ]*|inexistent[^ ]*)|utilizator (necunoscut|inexistent)|destinatar (necunoscut|inexistent|invalid)|αγνωστος~[^ ]+|ο χρηστης~δεν',
      '(kasutajat|saajat|adressaati) ei (leitud|ole|leia)|(lietotajs|sanemejs) nav (atrasts|zinams)|(vartotojas|gavejas|adresatas) (nerastas|neegzistuoja|nezinomas)|(uporabnik|prejemnik|naslov) ne obstaja|neznan (uporabnik|prejemnik)',
      'tundmatu (kasutaja|saaja|adressaat)|nezinams (lietotajs|sanemejs)|nezinomas (vartotojas|gavejas)|nepoznat[^ ]* (korisnik|primatelj|primalac)|korisnik~ne postoji',
      'nguoi (dung|nhan)~khong ton tai|khong tim thay (nguoi|dia chi|hop thu)|(pengguna|alamat|penerima) tidak (dikenal|ditemukan|ada)',
    ),
    '550 5.1.1 Ismeretlen felhasználó',
  ),
  row(
    'mailbox-not-found-arabic',
    MISSING,
    phrases(
      '(المستخدم|مستخدم|المستلم|مستلم|المستقبل|المتلقي|العنوان|عنوان|صندوق|الصندوق|البريد|الحساب|حساب|المرسل إليه)~(غير (موجود|موجودة|معروف|معروفة|صالح|صحيح)|لا يوجد|لم يتم العثور[^ ]*|ليس موجودا?|مجهول)',
      '(لا يوجد|لا توجد|لم يتم العثور على)~(مستخدم|حساب|صندوق|عنوان|مستلم)',
    ),
    '550 المستخدم غير موجود',
  ),
  row(
    'mailbox-not-found-cjk',
    MISSING,
    /(?:用户|用戶|收件人|收件者|收信人|邮箱|郵箱|信箱|帐号|账号|帳號|帐户|账户|地址|使用者)[^.]{0,16}(?:不存在|未找到|没有找到|找不到|无效|無效|不正确|不正確|未知|错误|錯誤|查无|有误)|找不到(?:该|此|该收|這個)?(?:用户|用戶|收件人|收件者|邮箱|信箱|使用者)|(?:无此|無此|没有此|没有该|没有这个|沒有此|查无此|查無此|未知的?|无效的?|無效的?|不存在的?)(?:用户|用戶|收件人|邮箱|郵箱|信箱|帐号|账号|帳號|使用者|地址|人)|(?:ユーザー?|宛先|受信者|メールボックス|アドレス|アカウント)[^.]{0,20}(?:存在しま?せん|存在しない|見つかりません|不明|ありません|正しくありません|無効です|いません)|(?:사용자|수신자|받는 ?사람|계정|주소)[^.]{0,12}(?:없|존재하지|올바르지|찾을 수)|(?:존재하지 ?않는|없는) ?(?:사용자|수신자|계정|주소)/,
    '550 收件人不存在',
  ),
];

/** The rows, with things that none of them may speak of. */
const notOfOtherThings = (rows: readonly RuleRow[]): readonly RuleRow[] =>
  rows.map((each) => ({ ...each, unless: OTHER_THINGS }));

export const FOREIGN_CLOSED = notOfOtherThings(CLOSED_ROWS);
export const FOREIGN_MISSING = notOfOtherThings(MISSING_ROWS);

/**
 * Whole words for a temporary refusal, or for one about the service; a mailbox that is not available then may well
 * exist.
 */
const FOR_NOW = phrases(
  '(voru?e?bergehend|derzeit|momentan|zurzeit|spater|temporairement|actuellement|momentanement|temporal|temporalmente|momento|temporariamente|temporaneamente|momentaneamente|tijdelijk|chwilowo|tymczasowo|временно|позже)',
  '(server|service|dienst|serveur|servidor|servicio|servico|servizio|serwer|сервер|richtlinien?|politique|politica|policy|spam)',
);

/**
 * One unknown word with the finding, and nothing else: the word echoes the local part, and the question was not about a
 * domain.
 */
export const FOREIGN_LIKELY: readonly RuleRow[] = [
  row(
    'name-missing-bare-foreign',
    MISSING,
    /^ (?!domain |domaine |dominio |domena |host |server |serveur |servidor |servizio |service |absender |mittente |remitente |remetente |nadawca |odesilatel |expediteur )[^ ]+ (?:[.] )?(?:non esiste|no existe|nao existe|existiert nicht|bestaat niet|nie istnieje|neexistuje|не существует|inesistente|inexistente)(?: ADDR| [.])* $/,
    '550 ada non esiste',
  ),
  {
    ...row(
      'mailbox-unavailable-foreign',
      MISSING,
      phrases(
        '(postfach|mailbox|boite|boite aux lettres|buzon|casilla|caixa|casella|cassetta|postvak|skrzynka|schranka|posta kutusu|ящик)~(nicht verfugbar|nicht verfuegbar|indisponible|non disponible|no disponible|indisponivel|nao disponivel|non disponibile|niet beschikbaar|niedostepn[ay]|nedostupna|kullanilamiyor|недоступен)',
      ),
      '550 Boîte aux lettres indisponible',
    ),
    unless: FOR_NOW,
  },
];
