use maud::html;

use crate::admin::applications::Outcome;
use crate::messages::{Applications, Verify, Withdraw};

pub(super) const VERIFY: Verify = Verify {
    title: "이메일 주소 확인",
    lead: "주소를 확인하면 신청서가 관리자에게 전달됩니다.",
    lead_at_once: "주소를 확인하면 바로 계정을 쓸 수 있습니다.",
    applied: "신청 시각",
    password_hint: "신청할 때 정한 비밀번호를 입력하세요. 본인의 신청임을 확인합니다.",
    confirm: "이 주소 확인",
    not_you_title: "신청하지 않으셨나요?",
    not_you: "아무것도 하지 말고 이 페이지를 닫으세요. 확인하지 않은 신청은 하루 안에 삭제됩니다.",
    gone_title: "더 이상 사용할 수 없는 링크입니다",
    gone: "이미 사용했거나 하루가 지난 링크입니다. 주소를 확인하셨다면 로그인해서 신청 상태를 확인하고, 아니라면 다시 신청하세요.",
    known_title: "이미 계정이 있습니다",
    known: "비밀번호로 로그인하세요. 신청이 아직 승인을 기다린다면 로그인 페이지에 표시됩니다.",
    full_title: "지금은 자리가 없습니다",
    full: "검토를 기다리는 신청이 너무 많습니다. 신청은 보관되어 있으니, 신청한 지 하루 안에 메일의 링크를 다시 열어 보세요.",
    apply_again: "다시 신청",
};

pub(super) const WITHDRAW: Withdraw = Withdraw {
    title: "신청을 취소할까요?",
    applied: |email, at| html! { (at) "에 " strong { (email) } " 주소로 신청하셨습니다." },
    consequence: "대기 중인 계정과 정하신 비밀번호가 삭제되고, 신청 기록은 일정 기간 보관됩니다. 나중에 다시 신청할 수 있습니다.",
    withdraw: "신청 취소",
    keep: "그대로 두기",
    done_title: "신청을 취소했습니다",
    done: "대기 중이던 계정이 삭제되었으며, 신청 기록은 일정 기간 보관됩니다. 언제든지 다시 신청할 수 있습니다.",
    apply_again: "다시 신청",
    over_title: "더 이상 취소할 수 없습니다",
    over: "페이지를 연 지 오래되었거나 그사이에 신청이 처리되었습니다. 로그인해서 상태를 확인하세요.",
};

pub(super) const APPLICATIONS: Applications = Applications {
    crumb: "처리된 신청",
    title: "가입 신청",
    lead: "신청이 어떻게 처리되었는지, 누가 언제 왜 결정했는지 보여 줍니다.",
    waiting: "대기 중",
    decided: "처리됨",
    caption: "처리된 신청, 최근 결정순",
    applied: "신청일",
    outcome: "결과",
    any_outcome: "모든 결과",
    word: |outcome| match outcome {
        Outcome::Approved => "승인",
        Outcome::Rejected => "거절",
        Outcome::Withdrawn => "취소",
        Outcome::Expired => "기한 만료",
        Outcome::Superseded => "SSO로 대체",
    },
    decided_on: "결정",
    message: "신청자에게 보낸 메시지",
    by_applicant: "신청자",
    by_system: "narthex 자동 처리",
    no_match: "조건에 맞는 신청이 없습니다",
    empty_title: "아직 처리된 신청이 없습니다",
    empty: "신청을 활성화하거나 거절하면 여기에 표시됩니다.",
    blocked: "차단된 주소",
    blocked_hint: "이 주소의 새 신청은 알리지 않고 버립니다. 기존 계정과 SSO에는 영향이 없습니다.",
    blocked_since: |by, at| html! { (by) " 님이 차단, " (at) },
    blocked_more: "더 오래된 주소는 위에서 검색하세요.",
    unblock: "차단 해제",
    rejected_on: |at| html! { (at) " 거절됨" },
    rejected_told: "당시 메시지: ",
    rejected_untold: "당시 보낸 메시지가 없습니다.",
};
