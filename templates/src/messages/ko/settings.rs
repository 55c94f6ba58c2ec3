use maud::html;

use crate::admin::settings::Key;
use crate::admin::{Card, dormant::Verdict};
use crate::messages::{Dormant, Password, Settings};
use crate::when::count;

pub(super) const SETTINGS: Settings = Settings {
    lead: "모든 사용자에게 적용됩니다. 설정 파일에 정해진 항목은 여기에서 바꿀 수 없습니다.",
    sections: "설정 구역",
    cards: |card| match card {
        Card::Signup => "가입 신청",
        Card::Password => "비밀번호 정책",
        Card::Sessions => "세션",
        Card::Dormant => "휴면 계정",
        Card::Audit => "감사 로그",
        Card::Admin => "관리 접근",
    },
    keys: |key| match key {
        Key::SignupEnabled => {
            ("가입 신청 허용", "로그인 페이지에 가입 신청 링크를 표시합니다. 새 계정은 승인을 기다립니다.")
        }
        Key::SignupReasonRequired => {
            ("신청 사유 필수", "신청자가 계정이 필요한 이유를 입력해야 합니다. 끄면 비워 둘 수 있습니다.")
        }
        Key::SignupVerifyEmail => (
            "이메일 주소 확인",
            "신청자에게 링크를 메일로 보냅니다. 주소를 확인한 신청만 대기열에 들어옵니다.",
        ),
        Key::SignupAllowedDomains => (
            "허용 도메인",
            "이 도메인의 주소만 신청할 수 있습니다. 한 줄에 하나씩 입력하세요. example.com은 그 도메인만, .example.com은 모든 하위 도메인을 뜻합니다. 비우면 모두 허용합니다.",
        ),
        Key::SignupBlockedDomains => (
            "차단 도메인",
            "허용 여부와 관계없이 이 도메인의 주소는 신청할 수 없습니다. 위와 같이 한 줄에 하나씩 입력하세요.",
        ),
        Key::SignupAutoApprovedDomains => (
            "자동 승인 도메인",
            "이 도메인의 주소를 확인한 사람은 역할 없는 일반 계정을 바로 받습니다. 이메일 주소 확인이 꺼져 있으면 적용되지 않습니다.",
        ),
        Key::SignupOpenPerAddress => (
            "IP 주소당 대기 신청 수",
            "넘으면 일부가 처리될 때까지 받지 않습니다. IPv6는 /64 네트워크를 한 주소로 봅니다. 0이면 제한하지 않습니다.",
        ),
        Key::SignupMaxPending => ("전체 대기 신청 수", "이만큼 대기하는 동안에는 가입 신청을 받지 않습니다."),
        Key::SignupExpireDays => {
            ("미결정 신청 자동 종료", "신청자에게 알리며 다시 신청할 수 있습니다. 0이면 종료하지 않습니다.")
        }
        Key::SignupKeepDecidedDays => {
            ("처리된 신청 보관 기간", "감사 로그에는 영향이 없습니다. 0이면 영구히 보관합니다.")
        }
        Key::SignupNotify => (
            "승인 담당자에게 새 신청 알림",
            "승인 권한이 있는 모든 사람에게 그사이 들어온 신청을 메일 한 통으로 알립니다.",
        ),
        Key::PasswordMinLength => {
            ("최소 길이", "복잡한 것보다 긴 것이 좋습니다. 비밀번호만 쓸 때는 15자 이상을 권장합니다.")
        }
        Key::PasswordClasses => ("필수 문자 종류", "소문자, 대문자, 숫자, 기호 가운데 몇 종류인지 정합니다."),
        Key::PasswordScore => {
            ("추측하기 어려운 정도", "자판 배열, 이름, 날짜까지 고려해 추측에 걸리는 시간을 추정합니다.")
        }
        Key::PasswordPersonal => {
            ("이름과 주소 거부", "사용자 이름, 이메일, 표시 이름이 들어 있는 비밀번호를 쓸 수 없습니다.")
        }
        Key::PasswordCommon => {
            ("흔한 비밀번호 거부", "narthex에 포함된 목록과 비교합니다. 서버 밖으로 나가는 정보는 없습니다.")
        }
        Key::PasswordHistory => {
            ("이전 비밀번호 기억", "기억된 비밀번호는 다시 쓸 수 없습니다. 0이면 기억하지 않습니다.")
        }
        Key::PasswordRotationDays => (
            "변경 주기",
            "0이면 주기적 변경을 요구하지 않습니다. 최신 지침(NIST SP 800-63B)이 권하지 않으므로 기본값은 0입니다. 정해진 주기로 바꾸게 하면 더 약한 비밀번호를 고르게 됩니다.",
        ),
        Key::PasswordMustChangeAfterReset => {
            ("재설정 후 변경", "관리자가 정한 비밀번호는 다음 로그인 때 바꿔야 합니다.")
        }
        Key::SessionsIdleMinutes => ("활동이 없으면 로그아웃", "마지막 요청부터 셉니다."),
        Key::SessionsAbsoluteHours => ("최대 로그인 시간", "계속 사용하고 있어도 로그아웃됩니다."),
        Key::SessionsAbsoluteSuperuserHours => {
            ("슈퍼유저의 최대 로그인 시간", "다른 사용자보다 길 수 없습니다.")
        }
        Key::DormantDays => ("휴면 기준", "마지막 로그인부터, 로그인한 적이 없으면 등록일부터 셉니다."),
        Key::DormantAutoDeactivate => (
            "휴면 계정 자동 비활성화",
            "끄면 휴면 계정 화면에서 하나씩 결정합니다. 슈퍼유저는 자동으로 비활성화되지 않습니다.",
        ),
        Key::AuditRetentionDays => ("기록 보관 기간", "0이면 영구히 보관합니다."),
        Key::AdminAllow => (
            "네트워크",
            "이 네트워크에서만 관리 화면을 열 수 있습니다. 10.0.0.0/8처럼 한 줄에 하나씩 입력하세요. 비우면 어디에서나 열 수 있습니다. 지금 접속한 주소가 포함되어야 합니다.",
        ),
    },
    unit,
    measured: |key, value| match (key, value) {
        (Key::PasswordRotationDays, "0") => "꺼짐".to_owned(),
        (Key::PasswordHistory, "0") => "없음".to_owned(),
        (Key::SignupExpireDays, "0") => "종료하지 않음".to_owned(),
        (Key::SignupOpenPerAddress, "0") => "제한 없음".to_owned(),
        (Key::AuditRetentionDays | Key::SignupKeepDecidedDays, "0") => "영구".to_owned(),
        _ => format!("{value}{}", unit(key)),
    },
    option: |key, value| match (key, value) {
        (Key::PasswordClasses, 0) => "요구하지 않음".to_owned(),
        (Key::PasswordClasses, 4) => "4종류 모두".to_owned(),
        (Key::PasswordClasses, n) => format!("4종류 중 {n}종류"),
        (Key::PasswordScore, 0) => "확인하지 않음".to_owned(),
        (Key::PasswordScore, 1) => "약함 이상".to_owned(),
        (Key::PasswordScore, 2) => "보통 이상".to_owned(),
        (Key::PasswordScore, 3) => "좋음 이상".to_owned(),
        (Key::PasswordScore, 4) => "강함".to_owned(),
        (_, n) => n.to_string(),
    },
    choice: |key, word| match (key, word) {
        (Key::SignupNotify, "off") => "알리지 않음",
        (Key::SignupNotify, "at_once") => "바로, 최대 5분에 한 번",
        (Key::SignupNotify, "hourly") => "최대 한 시간에 한 번",
        (Key::SignupNotify, "daily") => "최대 하루에 한 번",
        (_, word) => word,
    },
    range: |min, max| format!("{min}에서 {max}까지."),
    on: "켜짐",
    off: "꺼짐",
    empty: "설정하지 않음",
    default: |value| format!("기본값: {value}"),
    fixed: |key| {
        html! { code { "narthex.toml" } "에 " code { (key) } " 항목으로 정해져 있습니다. 바꾸려면 다시 시작하세요." }
    },
    changed: |by, at| html! { (by) " 님이 변경함, " (at) },
    written: "변경 사항은 감사 로그에 기록됩니다.",
    save: "설정 저장",
    looking: "설정을 볼 수만 있고 변경할 수는 없습니다.",
    conflict_title: |by| match by {
        Some(by) => format!("편집하는 동안 {by} 님이 설정을 변경했습니다"),
        None => "편집하는 동안 다른 관리자가 설정을 변경했습니다".to_owned(),
    },
    conflict: "입력한 내용은 저장되지 않았지만 아래 양식에 남아 있습니다. 확인한 다음 다시 저장하세요.",
    out_of_range: |min, max| format!("{min}에서 {max} 사이의 정수를 입력하세요"),
    no_such_choice: "목록에 있는 값을 선택하세요",
    idle_beyond_absolute: "세션이 그 전에 끝납니다. 최대 로그인 시간보다 짧게 입력하세요",
    superuser_beyond_absolute: "모든 사용자의 최대 시간 이하로 입력하세요",
    not_a_network: |line| format!("“{line}”: 10.0.0.0/8 또는 2001:db8::/32 같은 네트워크나 주소가 아닙니다"),
    not_a_domain: |line| format!("“{line}”: example.com 또는 .example.com 같은 도메인이 아닙니다"),
    shuts_you_out: |address| {
        format!("지금 접속한 {address} 주소가 이 네트워크에 없어 관리 화면을 열 수 없게 됩니다.")
    },
    too_long: |max| format!("{max}자 이하로 입력하세요"),
};

const fn unit(key: Key) -> &'static str {
    match key {
        Key::PasswordMinLength => "자",
        Key::PasswordHistory => "개",
        Key::SignupOpenPerAddress | Key::SignupMaxPending => "건",
        Key::SessionsIdleMinutes => "분",
        Key::SessionsAbsoluteHours | Key::SessionsAbsoluteSuperuserHours => "시간",
        Key::SignupExpireDays
        | Key::SignupKeepDecidedDays
        | Key::PasswordRotationDays
        | Key::DormantDays
        | Key::AuditRetentionDays => "일",
        _ => "",
    }
}

pub(super) const DORMANT: Dormant = Dormant {
    lead: |days| format!("{}일 넘게 로그인하지 않은 활성 계정입니다.", count(days)),
    due: |at| html! { "분기 검토 기한: " (at) },
    overdue: |at| html! { "분기 검토 기한이 지났습니다: " (at) },
    to_decide: |n| format!("결정할 계정 {}개.", count(n)),
    last: |at, by, deactivated, kept| {
        html! {
            "지난 검토: " (at) @if let Some(by) = by { ", " (by) " 님" } ", 비활성화 " (count(deactivated)) "개, 유지 "
            (count(kept)) "개."
        }
    },
    never_reviewed: "아직 검토한 적이 없습니다.",
    automatic: |days| {
        format!(
            "자동 비활성화가 켜져 있습니다. {}일 동안 로그인하지 않은 계정은 이메일로 미리 알린 뒤 비활성화됩니다. 슈퍼유저는 사람이 결정합니다. 유지를 고르면 다음 검토까지 제외됩니다.",
            count(days)
        )
    },
    title: "검토 대상",
    caption: "휴면 계정, 오래된 순",
    select_all: "이 페이지의 계정 모두 선택",
    keep_selected: "선택 항목 유지",
    deactivate_selected: "선택 항목 비활성화",
    keep: "유지",
    deactivate: "비활성화",
    dormant_for: "휴면 기간",
    days: |n| format!("{}일", count(n)),
    never: |at| html! { "없음, " (at) " 등록" },
    roles: "역할",
    none: "없음",
    count: |n| format!("계정 {}개", count(n)),
    empty_title: "휴면 계정이 없습니다",
    empty: |days| {
        format!("활성 계정은 모두 {}일 안에 로그인했거나 이번 검토에서 유지하기로 했습니다.", count(days))
    },
    question: |verdict, n| match verdict {
        Verdict::Keep => format!("계정 {n}개를 유지할까요?"),
        Verdict::Deactivate => format!("계정 {n}개를 비활성화할까요?"),
    },
    answer: |verdict, n| match verdict {
        Verdict::Keep => format!("계정 {n}개 유지"),
        Verdict::Deactivate => format!("계정 {n}개 비활성화"),
    },
    consequence: |verdict| match verdict {
        Verdict::Keep => "활성 상태로 남고 다음 검토 전까지 목록에 나타나지 않습니다.",
        Verdict::Deactivate => "다시 활성화하기 전에는 로그인할 수 없습니다. 데이터는 보관됩니다.",
    },
    last_login: |at| match at {
        Some(at) => html! { "최근 로그인 " (at) },
        None => html! { "로그인한 적 없음" },
    },
    tell: "다시 접속하는 방법을 이메일로 알리기",
    sessions: |n| format!("세션 {}개 종료", count(n)),
};

pub(super) const PASSWORD: Password = Password {
    title: "비밀번호 변경",
    must_title: "계속하려면 새 비밀번호를 정하세요",
    set_by_administrator: "현재 비밀번호는 관리자가 정했습니다. 새 비밀번호는 본인만 알아야 합니다.",
    too_old: |days| format!("현재 비밀번호를 정한 지 {}일이 넘었습니다. 이제 바꿔야 합니다.", count(days)),
    current: "현재 비밀번호",
    new: "새 비밀번호",
    lead: "변경하면 다른 모든 곳에서 로그아웃됩니다.",
    save: "비밀번호 변경",
    not_now: "취소",
    changed_title: "비밀번호를 변경했습니다",
    changed: "다른 모든 곳에서 로그아웃되었습니다.",
};
